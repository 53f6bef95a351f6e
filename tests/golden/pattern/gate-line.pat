gate 0.5
a: s "bd sn"
b: s "superpiano sn"
