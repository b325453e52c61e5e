# Made by tare 0.2.0. Change it as you like; `gnuplot 01-headlines__slowdown_against_one_guest.gp` in this directory draws
# 01-headlines__slowdown_against_one_guest.svg, .png and .pdf again from 01-headlines__slowdown_against_one_guest.dat.
set encoding utf8
data = '01-headlines__slowdown_against_one_guest.dat'
# headlines: slowdown against one guest
set border 3 lc rgb '#555555'
set tics nomirror
set grid back lc rgb '#dddddd' lt 1 lw 0.5
set errorbars 0.6
set xtics (0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256)
low = 0.49504950495
high = 258.56
step = (high/low)**0.02
set logscale x 2
set xrange [low:high]
from(v) = v < low ? low : v
to(v) = v > high ? high : v
set xlabel 'slowdown against one guest (1: none)' offset 0, 0.4
set yrange [2.6:-0.6]
set grid noytics
set arrow 1 from 1, graph 0 to 1, graph 1 nohead back lc rgb '#000000' lw 1
set ytics scale 0 ('CPU: guest time' 0, \
	'CPU: spinning' 1, \
	'CPU: wall time' 2)
set label 'two guests: +8.80 s ~, two guests, helping: -0.20 s ~, two guests, ticket locks: +22...' at graph 0.01, first 1 left tc rgb '#555555'
set label 'two guests: 34.80 s, two guests, helping: 33.50 s, two guests, ticket locks: 2,825 s...' at graph 0.01, first 2 left tc rgb '#555555'
set key at screen 0.5, screen 1 center top horizontal Left reverse samplen 1.5 maxrows 2 maxcols 3
set tmargin 2.7
set terminal svg noenhanced size 1005,192 font 'sans,13' background 'white'
set output '01-headlines__slowdown_against_one_guest.svg'
plot data index 0 using (from($3)):1:(to($4)-from($3)):(0) with vectors nohead lc rgb '#E69F00' lw 1.4 notitle, \
     data index 0 using ($3 < low ? low*step : NaN):1:(low-low*step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#E69F00' lw 1.4 notitle, \
     data index 0 using ($4 > high ? high/step : NaN):1:(high-high/step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#E69F00' lw 1.4 notitle, \
     data index 0 using ($5 == 0 ? $2 : NaN):1 with points lc rgb '#E69F00' pt 14 ps 1 notitle, \
     data index 0 using ($5 == 0 ? NaN : $2):1 with points lc rgb '#E69F00' pt 15 ps 1 title 'two guests', \
     data index 1 using (from($3)):1:(to($4)-from($3)):(0) with vectors nohead lc rgb '#56B4E9' lw 1.4 notitle, \
     data index 1 using ($3 < low ? low*step : NaN):1:(low-low*step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#56B4E9' lw 1.4 notitle, \
     data index 1 using ($4 > high ? high/step : NaN):1:(high-high/step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#56B4E9' lw 1.4 notitle, \
     data index 1 using ($5 == 0 ? $2 : NaN):1 with points lc rgb '#56B4E9' pt 6 ps 1 notitle, \
     data index 1 using ($5 == 0 ? NaN : $2):1 with points lc rgb '#56B4E9' pt 7 ps 1 title 'two guests, helping', \
     data index 2 using (from($3)):1:(to($4)-from($3)):(0) with vectors nohead lc rgb '#0072B2' lw 1.4 notitle, \
     data index 2 using ($3 < low ? low*step : NaN):1:(low-low*step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#0072B2' lw 1.4 notitle, \
     data index 2 using ($4 > high ? high/step : NaN):1:(high-high/step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#0072B2' lw 1.4 notitle, \
     data index 2 using ($5 == 0 ? $2 : NaN):1 with points lc rgb '#0072B2' pt 4 ps 1 notitle, \
     data index 2 using ($5 == 0 ? NaN : $2):1 with points lc rgb '#0072B2' pt 5 ps 1 title 'two guests, ticket locks', \
     data index 3 using (from($3)):1:(to($4)-from($3)):(0) with vectors nohead lc rgb '#D55E00' lw 1.4 notitle, \
     data index 3 using ($3 < low ? low*step : NaN):1:(low-low*step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#D55E00' lw 1.4 notitle, \
     data index 3 using ($4 > high ? high/step : NaN):1:(high-high/step):(0) with vectors head filled size screen 0.008, 20 fixed lc rgb '#D55E00' lw 1.4 notitle, \
     data index 3 using ($5 == 0 ? $2 : NaN):1 with points lc rgb '#D55E00' pt 8 ps 1 notitle, \
     data index 3 using ($5 == 0 ? NaN : $2):1 with points lc rgb '#D55E00' pt 9 ps 1 title 'two guests, ticket locks, helping'
set terminal pngcairo noenhanced size 2010,384 font 'sans,10' fontscale 2 linewidth 2 pointscale 1.6
set output '01-headlines__slowdown_against_one_guest.png'
replot
set terminal pdfcairo noenhanced size 17.8cm,3.4cm font 'sans,7' linewidth 0.7 pointscale 0.5
set output '01-headlines__slowdown_against_one_guest.pdf'
replot
unset output
