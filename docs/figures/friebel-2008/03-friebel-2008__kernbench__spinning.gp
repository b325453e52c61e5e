# Made by tare 0.1.0. Change it as you like; `gnuplot 03-friebel-2008__kernbench__spinning.gp` in this directory draws
# 03-friebel-2008__kernbench__spinning.svg, .png and .pdf again from 03-friebel-2008__kernbench__spinning.dat.
set encoding utf8
data = '03-friebel-2008__kernbench__spinning.dat'
title = 'friebel-2008: kernbench: spinning'
set title title
set border 3 lc rgb '#555555'
set tics nomirror
set grid back lc rgb '#dddddd' lt 1 lw 0.5
set key below vertical maxcols 1 left Left reverse samplen 3
set errorbars 0.6
set xlabel 'spinning (s), lower is better ←' offset 0, 0.4
set format x '%.5g'
set grid noytics
set title ' '
set label 1 title at screen 0.02, screen 1 offset character 0, character -1.5
least = 0
set xrange [0:24497.4]
unset key
set ytics ('one guest' 0, 'two guests' 1, 'two guests, helping' 2, 'two guests, ticket locks' 3, 'two guests, ticket locks, helping' 4)
set yrange [4.6:-0.6]
set terminal svg noenhanced size 640,340 font 'sans,13' background 'white'
set output '03-friebel-2008__kernbench__spinning.svg'
plot data index 0 using 1:2:(least):1:($2-0.3):($2+0.3) with boxxyerror fc rgb '#000000' fs solid 1, \
     data index 0 using 1:2:3:4 with xerrorbars lc rgb 'black' lw 1.4 pt 0, \
     data index 1 using 1:2:(least):1:($2-0.3):($2+0.3) with boxxyerror fc rgb '#0072B2' fs solid 1, \
     data index 1 using 1:2:3:4 with xerrorbars lc rgb 'black' lw 1.4 pt 0, \
     data index 2 using 1:2:(least):1:($2-0.3):($2+0.3) with boxxyerror fc rgb '#D55E00' fs pattern 2, \
     data index 2 using 1:2:3:4 with xerrorbars lc rgb 'black' lw 1.4 pt 0, \
     data index 3 using 1:2:(least):1:($2-0.3):($2+0.3) with boxxyerror fc rgb '#009E73' fs pattern 1, \
     data index 3 using 1:2:3:4 with xerrorbars lc rgb 'black' lw 1.4 pt 0, \
     data index 4 using 1:2:(least):1:($2-0.3):($2+0.3) with boxxyerror fc rgb '#CC79A7' fs pattern 5, \
     data index 4 using 1:2:3:4 with xerrorbars lc rgb 'black' lw 1.4 pt 0
set terminal pngcairo noenhanced size 1280,680 font 'sans,10' fontscale 2 linewidth 2 pointscale 1.6
set output '03-friebel-2008__kernbench__spinning.png'
replot
set terminal pdfcairo noenhanced size 8.5cm,4.5cm font 'sans,7' linewidth 0.7 pointscale 0.5
set output '03-friebel-2008__kernbench__spinning.pdf'
replot
unset output
