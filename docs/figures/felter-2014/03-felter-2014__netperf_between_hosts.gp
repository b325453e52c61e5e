# Made by tare 0.1.0. Change it as you like; `gnuplot 03-felter-2014__netperf_between_hosts.gp` in this directory draws
# 03-felter-2014__netperf_between_hosts.svg, .png and .pdf again from 03-felter-2014__netperf_between_hosts.dat.
set encoding utf8
data = '03-felter-2014__netperf_between_hosts.dat'
title = 'felter-2014: netperf between hosts'
set title title
set border 3 lc rgb '#555555'
set tics nomirror
set grid back lc rgb '#dddddd' lt 1 lw 0.5
set key below vertical maxcols 1 left Left reverse samplen 3
set errorbars 0.6
set xlabel 'native = 1, more is better →' . "\n " offset 0, 0.4
set title ' '
set label 1 title at screen 0.02, screen 1 offset character 0, character -1.5
set xrange [0:1.1]
least = 0
set yrange [0.6:-0.6]
set grid noytics
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead front lc rgb '#000000' lw 1
set ytics ('tcp_rr' 0)
set terminal svg noenhanced size 640,187 font 'sans,13' background 'white'
set output '03-felter-2014__netperf_between_hosts.svg'
plot data index 0 using 2:1:(least):2:($1-0.4):($1+0.4) with boxxyerror fc rgb '#CC79A7' fs pattern 5 title 'kvm-virtio', \
     data index 0 using 2:1:3:4 with xerrorbars lc rgb 'black' lw 1.4 pt 0 notitle
set terminal pngcairo noenhanced size 1280,374 font 'sans,10' fontscale 2 linewidth 2 pointscale 1.6
set output '03-felter-2014__netperf_between_hosts.png'
replot
set terminal pdfcairo noenhanced size 8.5cm,2.5cm font 'sans,7' linewidth 0.7 pointscale 0.5
set output '03-felter-2014__netperf_between_hosts.pdf'
replot
unset output
