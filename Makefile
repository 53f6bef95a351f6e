# Minimal; see `make help`.
B ?= build
CC ?= cc
CSTD := -std=c11 -D_GNU_SOURCE
WARN := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef
CFLAGS ?= -O2 -g
LIB_SRC := $(wildcard lib/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(B)/obj/%.o)
CMDS := $(patsubst cmd/%/main.c,%,$(wildcard cmd/*/main.c))
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
LIBS := -llo -ljansson -lportmidi -lpthread -lm
.DELETE_ON_ERROR:
.PHONY: all check-unit clean
all: $(CMDS:%=$(B)/%)
$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CSTD) $(WARN) $(CFLAGS) $(CPPFLAGS) -iquote lib -MMD -MP -c -o $@ $<
$(B)/liboiduna.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^
define cmd_rule
$(B)/$(1): $(patsubst %.c,$(B)/obj/%.o,$(wildcard cmd/$(1)/*.c)) $(B)/liboiduna.a
	$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ $$(LIBS) $(if $(filter oiduna-serve,$(1)),-levent)
endef
$(foreach c,$(CMDS),$(eval $(call cmd_rule,$(c))))
$(B)/tests/%: $(B)/obj/tests/unit/%.o $(B)/liboiduna.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS)
check-unit: $(UNIT)
	prove --exec '' $(UNIT)
clean:
	rm -rf $(B)
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
