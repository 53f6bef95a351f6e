" Files that are patterns of oiduna.
autocmd BufNewFile,BufRead *.pat setfiletype oiduna-pattern
autocmd FileType oiduna-pattern setlocal commentstring=//\ %s comments=://
    \ makeprg=oiduna-pattern\ --check\ % errorformat=oiduna-pattern:\ %f:%l:%c:\ %trror:\ %m,oiduna-pattern:\ %f:%l:%c:\ %tarning:\ %m,%-G%.%#
