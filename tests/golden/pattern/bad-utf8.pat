a: s "bd"
b: s "ÿ"
