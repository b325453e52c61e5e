# Made by tare 0.1.0. Change it as you like; `gnuplot 02-nussbaum-2009__iperf_in_one_host__throughput.gp` in this directory draws
# 02-nussbaum-2009__iperf_in_one_host__throughput.svg, .png and .pdf again from 02-nussbaum-2009__iperf_in_one_host__throughput.dat.
set encoding utf8
data = '02-nussbaum-2009__iperf_in_one_host__throughput.dat'
title = 'nussbaum-2009: iperf in one host: throughput'
set title title
set border 3 lc rgb '#555555'
set tics nomirror
set grid back lc rgb '#dddddd' lt 1 lw 0.5
set key below vertical maxcols 1 left Left reverse samplen 3
set errorbars 0.6
set xlabel 'throughput (Mbit/s), higher is better →' offset 0, 0.4
set logscale x
set format x '%.5g'
set grid noytics
set title ' '
set label 1 title at screen 0.02, screen 1 offset character 0, character -1.5
least = 10
set xrange [least:5786.3]
unset key
set ytics ('kvm-emulated' 0, 'kvm-virtio' 1, 'xen-fv' 2, 'xen-pv' 3)
set yrange [3.6:-0.6]
set terminal svg noenhanced size 640,294 font 'sans,13' background 'white'
set output '02-nussbaum-2009__iperf_in_one_host__throughput.svg'
plot data index 0 using 1:2:(least):1:($2-0.3):($2+0.3) with boxxyerror fc rgb '#E69F00' fs pattern 4, \
     data index 0 using 1:2:3:4 with xerrorbars lc rgb 'black' lw 1.4 pt 0, \
     data index 1 using 1:2:(least):1:($2-0.3):($2+0.3) with boxxyerror fc rgb '#56B4E9' fs pattern 6, \
     data index 1 using 1:2:3:4 with xerrorbars lc rgb 'black' lw 1.4 pt 0, \
     data index 2 using 1:2:(least):1:($2-0.3):($2+0.3) with boxxyerror fc rgb '#000000' fs solid 1, \
     data index 2 using 1:2:3:4 with xerrorbars lc rgb 'black' lw 1.4 pt 0, \
     data index 3 using 1:2:(least):1:($2-0.3):($2+0.3) with boxxyerror fc rgb '#0072B2' fs solid 1, \
     data index 3 using 1:2:3:4 with xerrorbars lc rgb 'black' lw 1.4 pt 0
set terminal pngcairo noenhanced size 1280,588 font 'sans,10' fontscale 2 linewidth 2 pointscale 1.6
set output '02-nussbaum-2009__iperf_in_one_host__throughput.png'
replot
set terminal pdfcairo noenhanced size 8.5cm,3.9cm font 'sans,7' linewidth 0.7 pointscale 0.5
set output '02-nussbaum-2009__iperf_in_one_host__throughput.pdf'
replot
unset output
