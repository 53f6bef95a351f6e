a: s "<a b c>/7 <d e>/13"
b: s "a/251 b/257"
