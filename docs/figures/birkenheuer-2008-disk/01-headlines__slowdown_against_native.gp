# Made by tare 0.2.0. Change it as you like; `gnuplot 01-headlines__slowdown_against_native.gp` in this directory draws
# 01-headlines__slowdown_against_native.svg, .png and .pdf again from 01-headlines__slowdown_against_native.dat.
set encoding utf8
data = '01-headlines__slowdown_against_native.dat'
# headlines: slowdown against native
set border 3 lc rgb '#555555'
set tics nomirror
set grid back lc rgb '#dddddd' lt 1 lw 0.5
set errorbars 0.6
set xtics (0.5, 1, 2, 4)
low = 0.49504950495
high = 4.04
step = (high/low)**0.02
set logscale x 2
set xrange [low:high]
from(v) = v < low ? low : v
to(v) = v > high ? high : v
set xlabel 'slowdown against native (1: none)' offset 0, 0.4
set yrange [2.6:-0.6]
set grid noytics
set arrow 1 from 1, graph 0 to 1, graph 1 nohead back lc rgb '#000000' lw 1
set ytics scale 0 ('Disk: sequential write' 0, \
	'Disk: sequential read' 1, \
	'Disk: random read' 2)
set key at screen 0.5, screen 1 center top horizontal Left reverse samplen 1.5 maxrows 1 maxcols 3
set tmargin 1.7
set terminal svg noenhanced size 1005,165 font 'sans,13' background 'white'
set output '01-headlines__slowdown_against_native.svg'
plot data index 0 using (from($3)):1:(to($4)-from($3)):(0) with vectors nohead lc rgb '#E69F00' lw 1.4 notitle, \
     data index 0 using ($3 < low ? low*step : NaN):1:(low-low*step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#E69F00' lw 1.4 notitle, \
     data index 0 using ($4 > high ? high/step : NaN):1:(high-high/step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#E69F00' lw 1.4 notitle, \
     data index 0 using ($5 == 0 ? $2 : NaN):1 with points lc rgb '#E69F00' pt 14 ps 1 notitle, \
     data index 0 using ($5 == 0 ? NaN : $2):1 with points lc rgb '#E69F00' pt 15 ps 1 title 'guest, misaligned partition', \
     data index 1 using (from($3)):1:(to($4)-from($3)):(0) with vectors nohead lc rgb '#CC79A7' lw 1.4 notitle, \
     data index 1 using ($3 < low ? low*step : NaN):1:(low-low*step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#CC79A7' lw 1.4 notitle, \
     data index 1 using ($4 > high ? high/step : NaN):1:(high-high/step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#CC79A7' lw 1.4 notitle, \
     data index 1 using ($5 == 0 ? $2 : NaN):1 with points lc rgb '#CC79A7' pt 6 ps 1 notitle, \
     data index 1 using ($5 == 0 ? NaN : $2):1 with points lc rgb '#CC79A7' pt 7 ps 1 title 'xen-pv, image file on ext2', \
     data index 2 using (from($3)):1:(to($4)-from($3)):(0) with vectors nohead lc rgb '#56B4E9' lw 1.4 notitle, \
     data index 2 using ($3 < low ? low*step : NaN):1:(low-low*step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#56B4E9' lw 1.4 notitle, \
     data index 2 using ($4 > high ? high/step : NaN):1:(high-high/step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#56B4E9' lw 1.4 notitle, \
     data index 2 using ($5 == 0 ? $2 : NaN):1 with points lc rgb '#56B4E9' pt 6 ps 1 notitle, \
     data index 2 using ($5 == 0 ? NaN : $2):1 with points lc rgb '#56B4E9' pt 7 ps 1 title 'vmware, image file on ext2'
set terminal pngcairo noenhanced size 2010,330 font 'sans,10' fontscale 2 linewidth 2 pointscale 1.6
set output '01-headlines__slowdown_against_native.png'
replot
set terminal pdfcairo noenhanced size 17.8cm,2.9cm font 'sans,7' linewidth 0.7 pointscale 0.5
set output '01-headlines__slowdown_against_native.pdf'
replot
unset output
