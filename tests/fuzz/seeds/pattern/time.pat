three: s "hh*3"
five:  s "hh*5" nudge "0 0.01"
shift: s "bd sn" late 0.125
back:  s "<bd sn>" early 1/4
slow:  s "<a b c d e>"
poly:  s "{bd sn, hh hh hh}%4"
half:  s "bd*1.5"
same:  s "<a a> <b b b>"
