" Vim syntax file
" Language: patterns of oiduna, oiduna-pattern(5)
if exists("b:current_syntax")
  finish
endif

syn case match
syn match oidunaComment "//.*$" contains=@Spell
syn match oidunaStatement "^\%(bpm\|swing\|gate\|seed\|mute\|solo\|scene\|song\)\>"
syn match oidunaTrack "^[^ \t:=\"/][^ \t:=\"]*\ze\s*:"
syn match oidunaLine "^[^ \t:=\"/][^ \t:=\"]*\ze\s*="
syn keyword oidunaWord line midi on send mod per
syn keyword oidunaSignal sine saw isaw tri square rand perlin
syn match oidunaNumber "\<-\?\%(\d\+\%(\.\d*\)\?\|\.\d\+\)\%([eE][-+]\?\d\+\)\?\>"
syn region oidunaPattern start=+"+ end=+"\|$+ keepend contains=oidunaRest,oidunaBracket,oidunaOperator,oidunaPatternNumber
syn match oidunaRest "[~]\|\%(^\|[ \[<{(\"]\)\@1<=-\ze[ \]>})\"]" contained
syn match oidunaBracket "[][<>{}(),|]" contained
syn match oidunaOperator "[*/!@?:%]\|\.\.\| \zs[._]\ze " contained
syn match oidunaPatternNumber "\%(^\|[^A-Za-z0-9#]\)\@1<=-\?\d\+\%(\.\d\+\)\?" contained

hi def link oidunaComment Comment
hi def link oidunaStatement Statement
hi def link oidunaTrack Identifier
hi def link oidunaLine Type
hi def link oidunaWord Keyword
hi def link oidunaSignal Function
hi def link oidunaNumber Number
hi def link oidunaPattern String
hi def link oidunaRest Comment
hi def link oidunaBracket Delimiter
hi def link oidunaOperator Operator
hi def link oidunaPatternNumber Number

let b:current_syntax = "oiduna-pattern"
