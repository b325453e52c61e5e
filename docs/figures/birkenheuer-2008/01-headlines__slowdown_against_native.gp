# Made by tare 0.2.0. Change it as you like; `gnuplot 01-headlines__slowdown_against_native.gp` in this directory draws
# 01-headlines__slowdown_against_native.svg, .png and .pdf again from 01-headlines__slowdown_against_native.dat.
set encoding utf8
data = '01-headlines__slowdown_against_native.dat'
# headlines: slowdown against native
set border 3 lc rgb '#555555'
set tics nomirror
set grid back lc rgb '#dddddd' lt 1 lw 0.5
set errorbars 0.6
set xtics (0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)
low = 0.49504950495
high = 2068.48
step = (high/low)**0.02
set logscale x 2
set xrange [low:high]
from(v) = v < low ? low : v
to(v) = v > high ? high : v
set xlabel 'slowdown against native (1: none)' offset 0, 0.4
set yrange [5.6:-0.6]
set grid noytics
set arrow 1 from 1, graph 0 to 1, graph 1 nohead back lc rgb '#000000' lw 1
set ytics scale 0 ('MPI: pingpong between hosts bandwidth' 0, \
	'MPI: pingpong between hosts latency' 1, \
	'MPI: pingpong in one host bandwidth' 2, \
	'MPI: pingpong in one host latency' 3, \
	'MPI: alltoall between hosts bandwidth' 4, \
	'MPI: alltoall in one host bandwidth' 5)
set label 'xen-pv, 1x2: 380.0 MB/s, xen-pv, 1x4: 160.0 MB/s' at graph 0.01, first 5 left tc rgb '#555555'
set key at screen 0.5, screen 1 center top horizontal Left reverse samplen 1.5 maxrows 1 maxcols 5
set tmargin 1.7
set terminal svg noenhanced size 1005,354 font 'sans,13' background 'white'
set output '01-headlines__slowdown_against_native.svg'
plot data index 0 using (from($3)):1:(to($4)-from($3)):(0) with vectors nohead lc rgb '#CC79A7' lw 1.4 notitle, \
     data index 0 using ($3 < low ? low*step : NaN):1:(low-low*step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#CC79A7' lw 1.4 notitle, \
     data index 0 using ($4 > high ? high/step : NaN):1:(high-high/step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#CC79A7' lw 1.4 notitle, \
     data index 0 using ($5 == 0 ? $2 : NaN):1 with points lc rgb '#CC79A7' pt 12 ps 1 notitle, \
     data index 0 using ($5 == 0 ? NaN : $2):1 with points lc rgb '#CC79A7' pt 13 ps 1 title 'xen-pv', \
     data index 1 using (from($3)):1:(to($4)-from($3)):(0) with vectors nohead lc rgb '#E69F00' lw 1.4 notitle, \
     data index 1 using ($3 < low ? low*step : NaN):1:(low-low*step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#E69F00' lw 1.4 notitle, \
     data index 1 using ($4 > high ? high/step : NaN):1:(high-high/step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#E69F00' lw 1.4 notitle, \
     data index 1 using ($5 == 0 ? $2 : NaN):1 with points lc rgb '#E69F00' pt 14 ps 1 notitle, \
     data index 1 using ($5 == 0 ? NaN : $2):1 with points lc rgb '#E69F00' pt 15 ps 1 title 'vmware', \
     data index 2 using (from($3)):1:(to($4)-from($3)):(0) with vectors nohead lc rgb '#56B4E9' lw 1.4 notitle, \
     data index 2 using ($3 < low ? low*step : NaN):1:(low-low*step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#56B4E9' lw 1.4 notitle, \
     data index 2 using ($4 > high ? high/step : NaN):1:(high-high/step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#56B4E9' lw 1.4 notitle, \
     data index 2 using ($5 == 0 ? $2 : NaN):1 with points lc rgb '#56B4E9' pt 6 ps 1 notitle, \
     data index 2 using ($5 == 0 ? NaN : $2):1 with points lc rgb '#56B4E9' pt 7 ps 1 title 'virtualbox', \
     data index 3 using (from($3)):1:(to($4)-from($3)):(0) with vectors nohead lc rgb '#CC79A7' lw 1.4 notitle, \
     data index 3 using ($3 < low ? low*step : NaN):1:(low-low*step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#CC79A7' lw 1.4 notitle, \
     data index 3 using ($4 > high ? high/step : NaN):1:(high-high/step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#CC79A7' lw 1.4 notitle, \
     data index 3 using ($5 == 0 ? $2 : NaN):1 with points lc rgb '#CC79A7' pt 6 ps 1 notitle, \
     data index 3 using ($5 == 0 ? NaN : $2):1 with points lc rgb '#CC79A7' pt 7 ps 1 title 'xen-pv, 2x2', \
     data index 4 using (from($3)):1:(to($4)-from($3)):(0) with vectors nohead lc rgb '#CC79A7' lw 1.4 notitle, \
     data index 4 using ($3 < low ? low*step : NaN):1:(low-low*step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#CC79A7' lw 1.4 notitle, \
     data index 4 using ($4 > high ? high/step : NaN):1:(high-high/step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#CC79A7' lw 1.4 notitle, \
     data index 4 using ($5 == 0 ? $2 : NaN):1 with points lc rgb '#CC79A7' pt 8 ps 1 notitle, \
     data index 4 using ($5 == 0 ? NaN : $2):1 with points lc rgb '#CC79A7' pt 9 ps 1 title 'xen-pv, 2x4'
set terminal pngcairo noenhanced size 2010,708 font 'sans,10' fontscale 2 linewidth 2 pointscale 1.6
set output '01-headlines__slowdown_against_native.png'
replot
set terminal pdfcairo noenhanced size 17.8cm,6.3cm font 'sans,7' linewidth 0.7 pointscale 0.5
set output '01-headlines__slowdown_against_native.pdf'
replot
unset output
