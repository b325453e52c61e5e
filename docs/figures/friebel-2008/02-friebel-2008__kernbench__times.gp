# Made by tare 0.2.0. Change it as you like; `gnuplot 02-friebel-2008__kernbench__times.gp` in this directory draws
# 02-friebel-2008__kernbench__times.svg, .png and .pdf again from 02-friebel-2008__kernbench__times.dat.
set encoding utf8
data = '02-friebel-2008__kernbench__times.dat'
# friebel-2008: kernbench: times
set border 3 lc rgb '#555555'
set tics nomirror
set grid back lc rgb '#dddddd' lt 1 lw 0.5
set errorbars 0.6
set xlabel 's, lower is better ←' offset 0, 0.4
least = 0
set xrange [least:26921]
set format x '%g'
set yrange [1.6:-0.6]
set grid noytics
set ytics ('guest_time' 0, 'wall_time' 1)
seconds(s) = s < 0.0995 ? sprintf('%.2g ms', s*1000) : \
	sprintf(s < 999.5 ? '%.3g s' : '%.0f s', s)
set key at screen 0.5, screen 1 center top horizontal Left reverse samplen 1.5 maxrows 5 maxcols 1
set tmargin 5.7
set terminal svg noenhanced size 480,426 font 'sans,13' background 'white'
set output '02-friebel-2008__kernbench__times.svg'
plot data index 0 using 2:1:(least):2:($1-0.08):($1+0.08) with boxxyerror fc rgb '#000000' fs solid 1 title 'one guest', \
     data index 0 using 2:1:3:4 with xerrorbars lc rgb 'black' lw 1.4 pt 0 notitle, \
     data index 0 using 4:1:(seconds($2)) with labels left offset 0.6, 0 notitle, \
     data index 1 using 2:1:(least):2:($1-0.08):($1+0.08) with boxxyerror fc rgb '#E69F00' fs pattern 4 title 'two guests', \
     data index 1 using 2:1:3:4 with xerrorbars lc rgb 'black' lw 1.4 pt 0 notitle, \
     data index 1 using 4:1:(seconds($2)) with labels left offset 0.6, 0 notitle, \
     data index 2 using 2:1:(least):2:($1-0.08):($1+0.08) with boxxyerror fc rgb '#56B4E9' fs pattern 6 title 'two guests, helping', \
     data index 2 using 2:1:3:4 with xerrorbars lc rgb 'black' lw 1.4 pt 0 notitle, \
     data index 2 using 4:1:(seconds($2)) with labels left offset 0.6, 0 notitle, \
     data index 3 using 2:1:(least):2:($1-0.08):($1+0.08) with boxxyerror fc rgb '#0072B2' fs solid 1 title 'two guests, ticket locks', \
     data index 3 using 2:1:3:4 with xerrorbars lc rgb 'black' lw 1.4 pt 0 notitle, \
     data index 3 using 4:1:(seconds($2)) with labels left offset 0.6, 0 notitle, \
     data index 4 using 2:1:(least):2:($1-0.08):($1+0.08) with boxxyerror fc rgb '#D55E00' fs pattern 2 title 'two guests, ticket locks, helping', \
     data index 4 using 2:1:3:4 with xerrorbars lc rgb 'black' lw 1.4 pt 0 notitle, \
     data index 4 using 4:1:(seconds($2)) with labels left offset 0.6, 0 notitle
set terminal pngcairo noenhanced size 960,852 font 'sans,10' fontscale 2 linewidth 2 pointscale 1.6
set output '02-friebel-2008__kernbench__times.png'
replot
set terminal pdfcairo noenhanced size 8.5cm,7.5cm font 'sans,7' linewidth 0.7 pointscale 0.5
set output '02-friebel-2008__kernbench__times.pdf'
replot
unset output
