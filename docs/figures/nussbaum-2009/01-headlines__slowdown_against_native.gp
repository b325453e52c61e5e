# Made by tare 0.2.0. Change it as you like; `gnuplot 01-headlines__slowdown_against_native.gp` in this directory draws
# 01-headlines__slowdown_against_native.svg, .png and .pdf again from 01-headlines__slowdown_against_native.dat.
set encoding utf8
data = '01-headlines__slowdown_against_native.dat'
# headlines: slowdown against native
set border 3 lc rgb '#555555'
set tics nomirror
set grid back lc rgb '#dddddd' lt 1 lw 0.5
set errorbars 0.6
set xtics (0.5, 1, 2)
low = 0.49504950495
high = 2.02
step = (high/low)**0.02
set logscale x 2
set xrange [low:high]
from(v) = v < low ? low : v
to(v) = v > high ? high : v
set xlabel 'slowdown against native (1: none)' offset 0, 0.4
set yrange [1.6:-0.6]
set grid noytics
set arrow 1 from 1, graph 0 to 1, graph 1 nohead back lc rgb '#000000' lw 1
set ytics scale 0 ('Network: throughput' 0, \
	'MPI: performance' 1)
set label 'kvm-emulated: 648.3 Mbit/s, kvm-virtio: 813.2 Mbit/s, xen-fv: 96.05 Mbit/s, xen-pv: ...' at graph 0.01, first 0 left tc rgb '#555555'
set key at screen 0.5, screen 1 center top horizontal Left reverse samplen 1.5 maxrows 2 maxcols 3
set tmargin 2.7
set terminal svg noenhanced size 1005,156 font 'sans,13' background 'white'
set output '01-headlines__slowdown_against_native.svg'
plot data index 0 using (from($3)):1:(to($4)-from($3)):(0) with vectors nohead lc rgb '#D55E00' lw 1.4 notitle, \
     data index 0 using ($3 < low ? low*step : NaN):1:(low-low*step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#D55E00' lw 1.4 notitle, \
     data index 0 using ($4 > high ? high/step : NaN):1:(high-high/step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#D55E00' lw 1.4 notitle, \
     data index 0 using ($5 == 0 ? $2 : NaN):1 with points lc rgb '#D55E00' pt 14 ps 1 notitle, \
     data index 0 using ($5 == 0 ? NaN : $2):1 with points lc rgb '#D55E00' pt 15 ps 1 title 'kvm-virtio, 1 guest per host', \
     data index 1 using (from($3)):1:(to($4)-from($3)):(0) with vectors nohead lc rgb '#D55E00' lw 1.4 notitle, \
     data index 1 using ($3 < low ? low*step : NaN):1:(low-low*step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#D55E00' lw 1.4 notitle, \
     data index 1 using ($4 > high ? high/step : NaN):1:(high-high/step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#D55E00' lw 1.4 notitle, \
     data index 1 using ($5 == 0 ? $2 : NaN):1 with points lc rgb '#D55E00' pt 12 ps 1 notitle, \
     data index 1 using ($5 == 0 ? NaN : $2):1 with points lc rgb '#D55E00' pt 13 ps 1 title 'kvm-virtio, 4 guests per host', \
     data index 2 using (from($3)):1:(to($4)-from($3)):(0) with vectors nohead lc rgb '#CC79A7' lw 1.4 notitle, \
     data index 2 using ($3 < low ? low*step : NaN):1:(low-low*step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#CC79A7' lw 1.4 notitle, \
     data index 2 using ($4 > high ? high/step : NaN):1:(high-high/step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#CC79A7' lw 1.4 notitle, \
     data index 2 using ($5 == 0 ? $2 : NaN):1 with points lc rgb '#CC79A7' pt 6 ps 1 notitle, \
     data index 2 using ($5 == 0 ? NaN : $2):1 with points lc rgb '#CC79A7' pt 7 ps 1 title 'xen-pv, 1 guest per host', \
     data index 3 using (from($3)):1:(to($4)-from($3)):(0) with vectors nohead lc rgb '#CC79A7' lw 1.4 notitle, \
     data index 3 using ($3 < low ? low*step : NaN):1:(low-low*step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#CC79A7' lw 1.4 notitle, \
     data index 3 using ($4 > high ? high/step : NaN):1:(high-high/step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#CC79A7' lw 1.4 notitle, \
     data index 3 using ($5 == 0 ? $2 : NaN):1 with points lc rgb '#CC79A7' pt 8 ps 1 notitle, \
     data index 3 using ($5 == 0 ? NaN : $2):1 with points lc rgb '#CC79A7' pt 9 ps 1 title 'xen-pv, 4 guests per host'
set terminal pngcairo noenhanced size 2010,312 font 'sans,10' fontscale 2 linewidth 2 pointscale 1.6
set output '01-headlines__slowdown_against_native.png'
replot
set terminal pdfcairo noenhanced size 17.8cm,2.8cm font 'sans,7' linewidth 0.7 pointscale 0.5
set output '01-headlines__slowdown_against_native.pdf'
replot
unset output
