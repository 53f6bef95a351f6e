# Oiduna: GNU make, out of tree. `make help` lists the targets.

SAN ?=
B ?= build$(if $(SAN),-$(if $(findstring address,$(SAN)),asan,$(if $(findstring thread,$(SAN)),tsan,san)))
ifeq ($(origin CC),default)
CC := gcc
endif
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/oiduna
JOBS ?= 2
TIME ?= 60
MINUTES ?= 10

ALL_GOALS := $(MAKECMDGOALS)
DEPS := deps deps-browser deps-arm64 deps-midi-vm deps-link deps-mqtt deps-pattern deps-sound
REST := $(filter-out $(DEPS),$(ALL_GOALS))

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help $(DEPS) all objects tests check check-unit check-arm64 soak lint fmt listen install \
	uninstall examples demo bench bench-check bench-baseline fuzz fuzz-replay clean dist
.DEFAULT_GOAL := all

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | \
		while IFS='|' read -r t d; do printf '  make %-14s %s\n' "$$t" "$$d"; done
	@printf '%s\n' '' 'Variables: B=FOLDER SAN=address,undefined|thread WERROR=1 V=1 CC CFLAGS LDFLAGS' \
		'           PREFIX DESTDIR JOBS=2 TIME=60 (seconds a fuzzer runs) MINUTES=10 (soak) SEED' \
		'           TESTS="FILES" (what make check runs)'

deps: ## install what building and testing need (Debian, Ubuntu)
	@.ci/deps base

deps-browser: ## install what `make check-browser` needs as well
	@.ci/deps base browser

deps-arm64: ## install what `make check-arm64` needs as well
	@.ci/deps base arm64

deps-sound: ## install what `make check-superdirt` and `make listen` need as well
	@.ci/deps base sound

deps-midi-vm: ## install what `make check-midi-vm` needs as well
	@.ci/deps base midi-vm

deps-link: ## install what oiduna-link needs (it is built where this is)
	@.ci/deps base link

deps-mqtt: ## install what the test of examples/mqtt needs as well
	@.ci/deps base mqtt

deps-pattern: ## install what `make check-pattern` needs as well
	@.ci/deps base pattern

ifneq ($(filter $(DEPS),$(ALL_GOALS)),)
# What compiler there is, and what it can do, is only known after the packages are there: start anew.
ifneq ($(REST),)
.PHONY: $(REST)
$(firstword $(REST)): $(filter $(DEPS),$(ALL_GOALS))
	@$(MAKE) --no-print-directory $(REST)
$(wordlist 2,99,$(REST)): $(firstword $(REST))
	@:
endif
else

# ---- flags ---------------------------------------------------------------------------------------
# No fused multiply-add: a score is the same bytes on every machine and with every compiler.
CSTD := -std=c11 -D_GNU_SOURCE -ffp-contract=off
WARN := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef
ifneq ($(filter true 1,$(CI) $(WERROR)),)
WARN += -Werror
endif

MACHINE := $(shell $(CC) -dumpmachine 2>/dev/null)
takes = $(shell $(CC) -Werror $(1) -x c -c -o /dev/null - </dev/null 2>/dev/null && echo '$(1)')
# Where the compiler follows what OD_REALTIME marks (clang 20), it is to tell.
WARN += $(call takes,-Wfunction-effects)
ifneq ($(SAN),)
SANFLAGS := -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
else
FORTIFY := $(if $(filter -O1 -O2 -O3 -Os -Og -Oz,$(CFLAGS)),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif
HARDEN ?= $(FORTIFY) -fstack-protector-strong $(call takes,-fstack-clash-protection) -fPIE \
	$(if $(filter x86_64% i%86%,$(MACHINE)),-fcf-protection)
HARDEN := $(HARDEN)
HARDEN_LD ?= -pie -Wl,-z,relro,-z,now,-z,noexecstack
COMPILE = $(CC) $(CSTD) $(WARN) $(CPPFLAGS) $(HARDEN) $(SANFLAGS) $(CFLAGS) -iquote lib
LINK = $(CC) $(SANFLAGS) $(CFLAGS) $(HARDEN_LD) -Wl,--as-needed $(LDFLAGS)
LIBS := -levent -ljansson -llo -lportmidi -lpthread -lm

# What is done, in a word; V=1 shows the commands.
Q := $(if $(V),,@)
SILENT := $(findstring s,$(filter-out --%,$(firstword $(MAKEFLAGS))))
say = @$(if $(V)$(SILENT),:,echo '  $(1)  $@')

# ---- what there is -------------------------------------------------------------------------------
# Ableton Link is C++ headers: oiduna-link is built where they are, by a compiler of the same family.
CXX_OF := $(if $(findstring clang,$(CC)),,$(subst gcc,g++,$(CC)))
LINK_HEADER := $(wildcard /usr/include/ableton/Link.hpp)
HAVE_LINK := $(if $(and $(LINK_HEADER),$(CXX_OF),$(findstring gcc,$(CC))),$(filter \
	$(MACHINE),$(shell $(CXX_OF) -dumpmachine 2>/dev/null)))
CMDS := $(filter-out $(if $(HAVE_LINK),,oiduna-link),$(patsubst cmd/%/main.c,%,$(wildcard cmd/*/main.c)))
SH_CMDS := oiduna
VERSION := $(or $(shell sed -n 's/^\#define OD_VERSION  *"\(.*\)"/\1/p' lib/base/version.h),0)
objs = $(patsubst %.c,$(B)/obj/%.o,$(wildcard $(1)))
LIB_OBJ := $(call objs,lib/*/*.c)
CMD_OBJ := $(call objs,cmd/*/*.c)
UNIT_OBJ := $(call objs,tests/unit/test_*.c)
SUPPORT_OBJ := $(filter-out $(UNIT_OBJ),$(call objs,tests/unit/*.c))
TOOL_OBJ := $(call objs,tests/tools/*.c)
PEER_OBJ := $(call objs,bench/peers/*.c)
PRELOAD_OBJ := $(call objs,tests/preload/*.c)
FUZZ_OBJ := $(call objs,tests/fuzz/*.c)
STAND_IN_OBJ := $(call objs,tests/link/*.c)
OBJ := $(LIB_OBJ) $(CMD_OBJ) $(UNIT_OBJ) $(SUPPORT_OBJ) $(TOOL_OBJ) $(PEER_OBJ) $(PRELOAD_OBJ) $(STAND_IN_OBJ)

UNIT := $(UNIT_OBJ:$(B)/obj/tests/unit/%.o=$(B)/tests/%)
TOOLS := $(TOOL_OBJ:$(B)/obj/tests/tools/%.o=$(B)/tests/tools/%)
PEERS := $(PEER_OBJ:$(B)/obj/bench/peers/%.o=$(B)/peers/%)
PRELOADS := $(PRELOAD_OBJ:$(B)/obj/tests/preload/%.o=$(B)/tests/preload/%.so)
MAN := $(wildcard man/*.[1-9])
SCRIPTS := $(wildcard .ci/run .ci/deps .ci/sysroot .ci/emulate tests/run tests/sizes tests/*/*.t tests/*/*.sh tests/cli/lib/*.sh bench/*.sh cmd/*/*.sh cmd/shell/*.bash \
	examples/*.sh examples/*/*.sh)
FMT := $(wildcard lib/*/*.[ch] cmd/*/*.[ch] tests/*/*.[ch] bench/*/*.[ch])

# ---- building ------------------------------------------------------------------------------------
all: $(B)/liboiduna.a $(CMDS:%=$(B)/%) $(SH_CMDS:%=$(B)/%) ## build the programs

objects: $(OBJ)

# Other flags make other objects.
FLAGS := $(COMPILE)
ifneq ($(strip $(FLAGS)),$(strip $(file <$(B)/flags)))
$(B)/flags: FORCE
endif
$(B)/flags: export OIDUNA_FLAGS = $(FLAGS)
$(B)/flags:
	@mkdir -p $(@D)
	@printf '%s\n' "$$OIDUNA_FLAGS" >$@
FORCE:

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

# The fortified headers make inline functions of what is defined there.
$(PRELOAD_OBJ): HARDEN += -fPIC -U_FORTIFY_SOURCE

# The assembler includes these files (embed.c); the compiler does not see that.
$(B)/obj/cmd/oiduna-serve/embed.o: $(wildcard $(foreach e,html css js json,cmd/oiduna-serve/*.$(e)))

$(B)/liboiduna.a: $(LIB_OBJ)
	@rm -f $@
	$(call say,AR)
	$(Q)$(AR) rcs $@ $^

$(SH_CMDS:%=$(B)/%): $(B)/%: cmd/oiduna/%.sh
	@mkdir -p $(@D)
	$(call say,CP)
	$(Q)install -m 0755 $< $@

# All of a command but its main, for tests that say so.
define cmd_rule
$(B)/$(1).a: $(filter-out %/main.o,$(call objs,cmd/$(1)/*.c))
	@rm -f $$@
	$$(call say,AR)
	$$(Q)$$(AR) rcs $$@ $$^
$(B)/$(1): $(B)/obj/cmd/$(1)/main.o $(B)/$(1).a $(B)/liboiduna.a
	$$(call say,LD)
	$$(Q)$$(LINK) -o $$@ $$^ $$(LIBS)
endef
$(foreach c,$(filter-out oiduna-link,$(CMDS)),$(eval $(call cmd_rule,$(c))))

# The one program that is not C alone, and not under this licence alone (see README.md). Fences in
# the headers it is made of are unknown to the thread sanitizer, which gcc says.
LINKXX = $(CXX_OF) $(SANFLAGS) $(CFLAGS) $(HARDEN_LD) -Wl,--as-needed $(LDFLAGS)
$(B)/obj/%.opp: %.cpp $(B)/flags
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CXX_OF) -std=c++14 -DLINK_PLATFORM_LINUX=1 -Wall -Wextra $(if $(filter -Werror,$(WARN)),-Werror) \
		$(if $(findstring thread,$(SAN)),-Wno-tsan) \
		$(HARDEN) $(SANFLAGS) $(CFLAGS) -iquote lib -MMD -MP -c -o $@ $<
$(B)/oiduna-link.a: $(filter-out %/main.o,$(call objs,cmd/oiduna-link/*.c))
	@rm -f $@
	$(call say,AR)
	$(Q)$(AR) rcs $@ $^
$(B)/oiduna-link: $(B)/obj/cmd/oiduna-link/main.o $(B)/oiduna-link.a $(B)/obj/cmd/oiduna-link/link.opp \
		$(B)/liboiduna.a
	$(call say,LD)
	$(Q)$(LINKXX) -o $@ $^ $(LIBS)
$(B)/tests/linkpeer: $(B)/obj/tests/link/peer.opp
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(LINKXX) -o $@ $^ -lpthread

# All of it but the library.
$(B)/tests/link/oiduna-link: $(B)/obj/cmd/oiduna-link/main.o $(B)/oiduna-link.a $(STAND_IN_OBJ) $(B)/liboiduna.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

# ---- testing -------------------------------------------------------------------------------------
# A test may begin with the lines `/* uses: oiduna-serve */` (links that command's modules) and
# `/* link: -Wl,--wrap=malloc */` (more flags for the linker).
said = $(shell sed -n 's|^/\* $(1): \(.*\) \*/$$|\1|p' $(2))
uses = $(patsubst %,$(B)/%.a,$(call said,uses,$(1)))

$(B)/tests/libsupport.a: $(SUPPORT_OBJ)
	@mkdir -p $(@D) && rm -f $@
	@$(AR) rcs $@ $^

.SECONDEXPANSION:
.SECONDARY: $(OBJ) $(FUZZ_OBJ)
$(B)/tests/test_%: $(B)/obj/tests/unit/test_%.o $$(call uses,tests/unit/test_$$*.c) \
		$(B)/tests/libsupport.a $(B)/liboiduna.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(LINK) $(call said,link,tests/unit/test_$*.c) -o $@ $^ -lcmocka $(LIBS)

$(B)/tests/tools/%: $(B)/obj/tests/tools/%.o $(B)/liboiduna.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

$(B)/peers/%: $(B)/obj/bench/peers/%.o $(B)/liboiduna.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

$(B)/tests/preload/%.so: $(B)/obj/tests/preload/%.o
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) -shared $(LDFLAGS) -o $@ $^ -ldl

tests: $(UNIT) $(TOOLS) $(PRELOADS) $(B)/tests/link/oiduna-link $(if $(HAVE_LINK),$(B)/tests/linkpeer)

TESTS ?= $(UNIT) $(wildcard tests/cli/*.t tests/http/*.t)
PROVE := BIN=$(abspath $(B)) MAKEFLAGS= prove -j $(JOBS) --exec tests/run

# What failed beside other tests runs once more, alone and with all it says: what is wrong fails again,
# and a test that only a busy machine breaks is named instead of stopping whoever works.
check: all tests ## build and run all tests
	@rm -f $(B)/prove
	@$(PROVE) --statefile=$(B)/prove --state=save $(TESTS) || { \
		printf '\n==> Once more, alone:\n'; \
		$(PROVE) -j 1 -v --statefile=$(B)/prove --state=failed && \
		printf '\n==> These passed alone. Look why they failed beside others.\n'; }

check-unit: tests ## run the unit tests only
	@$(PROVE) $(UNIT)

# Memory errors that no sanitizer sees. What plays days or races threads would take hours here.
VALGRIND := valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,possible
VALGRIND_SLOW := test_player test_json test_compile test_rt test_ring test_metrics

check-valgrind: tests ## run the fast unit tests under valgrind
	@EMULATOR='$(VALGRIND)' $(PROVE) $(filter-out $(VALGRIND_SLOW:%=$(B)/tests/%),$(UNIT))

soak: all ## play for MINUTES what chance chooses, and hold every message against what was said
	@BIN=$(abspath $(B)) python3 -B tests/soak/soak.py --minutes $(MINUTES) $(SEED:%=--seed %)
	@BIN=$(abspath $(B)) python3 -B tests/soak/soak.py --minutes $(MINUTES) $(SEED:%=--seed %) --through stream

.PHONY: check-midi-vm
check-midi-vm: $(B)/oiduna-compile $(B)/oiduna-play $(B)/oiduna-midi ## play through PortMidi to an ALSA sequencer, in an emulated machine
	@TEST_SECONDS=1800 $(PROVE) -v tests/vm/*.t

.PHONY: check-superdirt
check-superdirt: all ## listen to a real SuperDirt: SUPERDIRT=FOLDER holds SuperDirt and Vowel
	@SUPERDIRT=$(SUPERDIRT) $(PROVE) -v tests/superdirt/*.t

# Programs of another machine are run by qemu; what looks at files of this one only is left out. The
# libraries are unpacked into a folder: installed, they would push out this machine's.
ARM := $(abspath $(B))/arm64
QEMU := qemu-aarch64 -L $(ARM)/sysroot

check-arm64: all ## build for arm64 and run the tests there (qemu-user)
	@[ -e $(ARM)/sysroot/.complete ] || .ci/sysroot arm64 $(ARM)/sysroot
	@$(MAKE) --no-print-directory B=$(B)/arm64 CC='aarch64-linux-gnu-gcc --sysroot=$(ARM)/sysroot' SAN= \
		all tests
	@.ci/emulate '$(QEMU)' $(ARM) $(ARM)/run $(CMDS) $(TOOLS:$(B)/%=%)
	@BIN=$(ARM)/run NATIVE=$(abspath $(B)) EMULATOR='$(QEMU)' TEST_SECONDS=1200 MAKEFLAGS= \
		prove -j $(JOBS) --exec tests/run tests/arm64/*.t $(UNIT:$(B)/%=$(B)/arm64/%) \
		$(filter-out %/make.t %/dist.t %/hardening.t %/map.t,$(wildcard tests/cli/*.t tests/http/*.t))

# The modules of the browser's tests: from npm, into the build folder. Without it they are skipped.
check-browser: all ## test the dashboard in a browser, judge the OpenAPI document
	@mkdir -p $(B)/browser
	@cmp -s tests/browser/package.json $(B)/browser/package.json || { \
		cp tests/browser/package*.json $(B)/browser/ && cd $(B)/browser && \
		npm install --no-audit --no-fund --loglevel=error || rm -rf node_modules package.json; }
	@$(PROVE) tests/browser/*.t

# Strudel judges what patterns play: from npm, into the build folder, and nothing links it (AGPL).
.PHONY: check-pattern
check-pattern: $(B)/tests/tools/mini_events ## ask Strudel what thousands of patterns play, compare
	@mkdir -p $(B)/pattern
	@cmp -s tests/pattern/package.json $(B)/pattern/package.json || { \
		cp tests/pattern/package.json $(B)/pattern/ && cd $(B)/pattern && \
		npm install --no-audit --no-fund --loglevel=error || rm -rf node_modules package.json; }
	@TEST_SECONDS=3600 $(PROVE) tests/pattern/*.t

# ---- judging the text ----------------------------------------------------------------------------
TIDY := $(OBJ:$(B)/obj/%.o=$(B)/lint/%.tidy)

lint: ## gcc, clang, clang-format, clang-tidy, cppcheck, shellcheck, mandoc: no word from any
	@$(MAKE) --no-print-directory -s -k -j$(JOBS) -Otarget $(LINTS)
	@tests/sizes $(wildcard lib/*/*.c cmd/*/*.c)
	@echo 'lint: clean'

LINTS := lint-gcc lint-clang lint-format lint-cppcheck lint-shell lint-man
.PHONY: $(LINTS) tidied

lint-gcc:
	@$(MAKE) --no-print-directory -k B=$(B)/lint/gcc CC=gcc SAN= WERROR=1 objects

lint-clang:
	@$(MAKE) --no-print-directory -k B=$(B)/lint/clang CC=clang SAN= WERROR=1 objects tidied

lint-format:
	@clang-format --dry-run -Werror $(FMT)

tidied: $(TIDY)

# The object stands for the headers it was made from.
$(B)/lint/%.tidy: $(B)/obj/%.o .clang-tidy
	@mkdir -p $(@D)
	@clang-tidy --quiet $*.c -- $(CSTD) -iquote lib 2>$@.err || { cat $@.err; rm $@.err; false; }
	@rm $@.err && touch $@

# Symbols at both ends of an embedded file are of one object; cmocka's assertions do not return.
lint-cppcheck:
	@mkdir -p $(B)/lint/cppcheck
	@cppcheck -q --std=c11 --enable=warning,performance,portability --inline-suppr \
		--error-exitcode=1 --cppcheck-build-dir=$(B)/lint/cppcheck -D_GNU_SOURCE \
		--suppress=comparePointers:cmd/oiduna-serve/embed.c --suppress='nullPointer:tests/unit/*' \
		-D__BYTE_ORDER__=1234 -D__ORDER_LITTLE_ENDIAN__=1234 -I lib \
		$(wildcard lib cmd tests/unit tests/tools tests/preload bench/peers)

lint-shell:
	@shellcheck -x $(SCRIPTS)

lint-man:
	@$(if $(MAN),mandoc -Tlint -W warning $(MAN))

fmt: ## format the C files in place
	@clang-format -i $(FMT)

# ---- using ---------------------------------------------------------------------------------------
examples: all ## compile the examples
	@$(MAKE) --no-print-directory -C examples COMPILE=$(abspath $(B))/oiduna-compile \
		SMF=$(abspath $(B))/oiduna-smf O=$(abspath $(B))/examples

demo: examples ## play four bars of an example, with a picture of it
	$(B)/oiduna-play -v --bars 4 $(B)/examples/four-on-the-floor.odn

# With FluidSynth: the first sound without any other.
SONG ?= examples/midi-bass.json
listen: all ## hear SONG without SuperDirt: make a WAV of it, and play that if this machine can
	@examples/wav.sh $(SONG) $(B)/listen.wav
	@echo '$(B)/listen.wav'
	@for play in pw-play paplay aplay; do \
		command -v $$play >/dev/null && $$play $(B)/listen.wav 2>/dev/null && exit; \
	done; echo 'No sound here: no pw-play, paplay or aplay that finds a device.'

# A gate compares ratios that are known well after a short run, medians of some runs. bench/README.md
# says how the tolerance was chosen.
BENCH_RUNS ?= 3
BENCH_TOLERANCE ?= 1.25
BENCH_GATE := load.json,load.score,load.index,tick.lookup,tick.pack,tick.total
bench: all $(PEERS) ## print the tables of the performance guide, measured here
	$(B)/oiduna-bench $(BENCH_OPTIONS)
	@bench/peers.sh $(B)

bench-check: all ## compare some runs with bench/baseline.json; fails if a ratio got worse
	@set -e; rm -f $(B)/bench-run-*.json; for i in $$(seq $(BENCH_RUNS)); do \
		$(B)/oiduna-bench --quick --suite $(BENCH_GATE) --format json >$(B)/bench-run-$$i.json; done
	@$(B)/oiduna-bench --merge $(B)/bench-run-*.json >$(B)/bench.json
	$(B)/oiduna-bench --compare bench/baseline.json $(B)/bench.json --tolerance $(BENCH_TOLERANCE)

bench-baseline: all ## make bench/baseline.json anew from 20 runs
	bench/baseline.sh $(B) $(BENCH_GATE) 20 >$(B)/bench-baseline.json
	@mv $(B)/bench-baseline.json bench/baseline.json

# ---- fuzzing: libFuzzer with the address and undefined behaviour sanitizers -----------------------
FUZZERS := $(FUZZ_OBJ:$(B)/obj/tests/fuzz/%.o=%)

fuzz: ## run each fuzzer of tests/fuzz for TIME seconds
	@$(MAKE) --no-print-directory B=$(B)/fuzz CC=clang SAN=fuzzer-no-link,address,undefined \
		FUZZ_ARGS='-max_total_time=$(TIME)' run-fuzzers

fuzz-replay: ## give the fuzzers their seeds and every input that once broke something
	@$(MAKE) --no-print-directory B=$(B)/fuzz CC=clang SAN=fuzzer-no-link,address,undefined \
		FUZZ_ARGS='-runs=0' run-fuzzers

$(B)/fuzzers/%: $(B)/obj/tests/fuzz/%.o $$(call uses,tests/fuzz/$$*.c) $(B)/liboiduna.a
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(LINK) -fsanitize=fuzzer -o $@ $^ $(LIBS)

.PHONY: run-fuzzers $(FUZZERS:%=run-%)
run-fuzzers: $(FUZZERS:%=run-%)
$(FUZZERS:%=run-%): run-%: $(B)/fuzzers/%
	@mkdir -p $(B)/corpus/$*
	$< $(FUZZ_ARGS) -print_final_stats=1 -timeout=10 -rss_limit_mb=2048 \
		-artifact_prefix=$(B)/corpus/ $(patsubst %,-dict=%,$(wildcard tests/fuzz/$*.dict)) \
		$(B)/corpus/$* $(wildcard tests/fuzz/seeds/$* tests/fuzz/crashes/$*)

# ---- keeping -------------------------------------------------------------------------------------
# mode:source:target, one a word. Completions are looked for under the name of the command.
SHARE := $(PREFIX)/share
UNIT_FILE := $(wildcard examples/systemd/oiduna.service)
files_of = $(shell find examples -type f ! -name '*.odn' $(1))
KEEP := $(foreach c,$(CMDS) $(SH_CMDS),0755:$(B)/$(c):$(BINDIR)/$(c)) \
	$(foreach m,$(MAN),0644:$(m):$(MANDIR)/man$(subst .,,$(suffix $(m)))/$(notdir $(m))) \
	$(foreach e,$(call files_of,! -perm -u+x),0644:$(e):$(DOCDIR)/$(e)) \
	$(foreach e,$(call files_of,-perm -u+x),0755:$(e):$(DOCDIR)/$(e)) \
	$(foreach c,$(CMDS) $(SH_CMDS),0644:cmd/shell/oiduna.bash:$(SHARE)/bash-completion/completions/$(c)) \
	$(foreach c,$(CMDS) $(SH_CMDS),0644:cmd/shell/oiduna.fish:$(SHARE)/fish/vendor_completions.d/$(c).fish) \
	0644:cmd/shell/oiduna.zsh:$(SHARE)/zsh/site-functions/_oiduna \
	0644:cmd/editor/oiduna-pattern.vim:$(SHARE)/vim/vimfiles/syntax/oiduna-pattern.vim \
	0644:cmd/editor/oiduna-pattern.ftdetect.vim:$(SHARE)/vim/vimfiles/ftdetect/oiduna-pattern.vim \
	0644:cmd/editor/oiduna-pattern.tmLanguage.json:$(SHARE)/oiduna/oiduna-pattern.tmLanguage.json \
	0644:cmd/desktop/oiduna-score.xml:$(SHARE)/mime/packages/oiduna-score.xml \
	0644:cmd/desktop/oiduna-score.magic:$(SHARE)/file/magic/oiduna-score \
	$(UNIT_FILE:%=0644:%:$(PREFIX)/lib/systemd/system/oiduna.service) \
	0644:README.md:$(DOCDIR)/README.md 0644:LICENSE:$(DOCDIR)/LICENSE

install: all ## install under $(DESTDIR)$(PREFIX)
	@$(MAKE) --no-print-directory -s install-files

.PHONY: install-files
install-files:
	@for k in $(KEEP); do \
		rest=$${k#*:}; to=$(DESTDIR)$${rest#*:}; \
		install -D -m "$${k%%:*}" "$${rest%%:*}" "$$to" && echo "$$to" || exit 1; \
		case $$to in *.service | */token.conf) sed -i 's|/usr/local/bin/|$(BINDIR)/|' "$$to" || exit 1 ;; esac; \
	done

uninstall: ## remove what install put there
	@for k in $(KEEP); do rest=$${k#*:}; rm -f "$(DESTDIR)$${rest#*:}"; done
	@[ ! -d "$(DESTDIR)$(DOCDIR)" ] || find "$(DESTDIR)$(DOCDIR)" -depth -type d -empty -delete

dist: ## a tar file of the last commit, the same bytes each time
	@mkdir -p $(B)
	git archive --format=tar --prefix=oiduna-$(VERSION)/ -o $(B)/oiduna-$(VERSION).tar HEAD
	@gzip -9nf $(B)/oiduna-$(VERSION).tar
	@echo $(B)/oiduna-$(VERSION).tar.gz

clean: ## remove the build folder
	rm -rf $(B)

-include $(wildcard $(OBJ:.o=.d) $(FUZZ_OBJ:.o=.d) $(B)/obj/cmd/oiduna-link/link.d $(B)/obj/tests/link/peer.d)
endif
