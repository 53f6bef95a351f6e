hall = line room 0.5
a: s "bd" on hall room 0.2 orbit "0 1" mod dry sine
b: s "bd" send hall 0.2 room 0.2
c: s "bd" hall 0.3
