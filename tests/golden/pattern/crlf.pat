a: s "bd é" // BOM
b: s "sn"
