# Made by tare 0.1.0. Change it as you like; `gnuplot 04-birkenheuer-2008__alltoall_in_one_host__bandwidth.gp` in this directory draws
# 04-birkenheuer-2008__alltoall_in_one_host__bandwidth.svg, .png and .pdf again from 04-birkenheuer-2008__alltoall_in_one_host__bandwidth.dat.
set encoding utf8
data = '04-birkenheuer-2008__alltoall_in_one_host__bandwidth.dat'
title = 'birkenheuer-2008: alltoall in one host: bandwidth'
set title title
set border 3 lc rgb '#555555'
set tics nomirror
set grid back lc rgb '#dddddd' lt 1 lw 0.5
set key below vertical maxcols 1 left Left reverse samplen 3
set errorbars 0.6
set xlabel 'bandwidth (MB/s), higher is better →' offset 0, 0.4
set format x '%.5g'
set grid noytics
set title ' '
set label 1 title at screen 0.02, screen 1 offset character 0, character -1.5
least = 0
set xrange [0:418]
unset key
set ytics ('xen-pv, 1x2' 0, 'xen-pv, 1x4' 1)
set yrange [1.6:-0.6]
set terminal svg noenhanced size 640,202 font 'sans,13' background 'white'
set output '04-birkenheuer-2008__alltoall_in_one_host__bandwidth.svg'
plot data index 0 using 1:2:(least):1:($2-0.3):($2+0.3) with boxxyerror fc rgb '#CC79A7' fs pattern 5, \
     data index 0 using 1:2:3:4 with xerrorbars lc rgb 'black' lw 1.4 pt 0, \
     data index 1 using 1:2:(least):1:($2-0.3):($2+0.3) with boxxyerror fc rgb '#E69F00' fs pattern 4, \
     data index 1 using 1:2:3:4 with xerrorbars lc rgb 'black' lw 1.4 pt 0
set terminal pngcairo noenhanced size 1280,404 font 'sans,10' fontscale 2 linewidth 2 pointscale 1.6
set output '04-birkenheuer-2008__alltoall_in_one_host__bandwidth.png'
replot
set terminal pdfcairo noenhanced size 8.5cm,2.7cm font 'sans,7' linewidth 0.7 pointscale 0.5
set output '04-birkenheuer-2008__alltoall_in_one_host__bandwidth.pdf'
replot
unset output
