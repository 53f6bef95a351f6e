// A breath.
kick: s "~"
lead: midi 1 note "~ ~"
knob: midi 2 cc1 20
