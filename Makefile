# rrun: two programs from one tree. `make` leaves build/rrun and build/rrun-helper.
#
#   make demo, make check        the two commands that need nothing but a fresh Debian 12
#   make check-vm                            what needs a node of its own, in QEMU: tests/vm/README.md
#   make install PREFIX= DESTDIR=        bin/rrun, its man page and drop-in; nothing set-uid
#   make install-helper PREFIX= DESTDIR= libexec/rrun/rrun-helper, set-uid root; says what it grants
#   make lint, make bench, make clean
#
# PREFIX fixes the path of the helper at build time: it is never searched for.

PREFIX ?= /usr/local
DESTDIR ?=
CC ?= gcc
BUILD ?= build
ARCH ?= $(shell uname -m)

VERSION := 0.1.0
COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
HELPER_PATH := $(PREFIX)/libexec/rrun/rrun-helper
POLICY_PATH ?= /etc/rrun/policy.conf

WARNINGS := -Wall -Wextra -Wformat=2 -Werror=format-security -Wconversion -Wsign-conversion \
	-Wshadow=local -Wvla -Walloca -Wcast-qual -Wnull-dereference -Wduplicated-cond -Wlogical-op \
	-Wstrict-prototypes -Wold-style-definition -Wmissing-prototypes -Wimplicit-fallthrough=5 \
	-Wswitch-enum -Wbidi-chars=any -Winit-self
HARDEN := -O2 -g -std=gnu11 -D_GNU_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
	-fstack-clash-protection -fPIE -ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks \
	-fno-strict-overflow -fno-strict-aliasing -fno-common -fvisibility=hidden \
	-ffile-prefix-map=$(CURDIR)=.
LINK := -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,-z,defs -Wl,--as-needed \
	-Wl,--build-id=sha1 -Wl,--gc-sections

CFLAGS ?= -Werror
ALL_CFLAGS = $(HARDEN) $(WARNINGS) $(CFLAGS) -I. -I$(BUILD) -MMD -MP \
	-DRRUN_VERSION='"$(VERSION)"' -DRRUN_COMMIT='"$(COMMIT)"' \
	-DHELPER_PATH='"$(HELPER_PATH)"' -DPOLICY_PATH='"$(POLICY_PATH)"'

COMMON_SRC := $(wildcard common/*.c)
POLICY_SRC := $(wildcard policy/*.c)
# filter.c and its like are programs that run at build time, not parts of the helper.
HELPER_TOOLS := helper/filter.c
HELPER_SRC := $(filter-out $(HELPER_TOOLS),$(wildcard helper/*.c))
FRONTEND_SRC := $(wildcard frontend/*.c frontend/*/*.c)

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

all: $(BUILD)/rrun $(BUILD)/rrun-helper

# rrun is a static-pie: one exec, no loader; README, "How it is linked", has the figures.
# libcap-ng.a holds capng_change_id, which nothing here calls and which names two NSS functions: bound to
# abort, all of NSS stays out of the program (lint looks); libc.a warns of the two names all the same.
RRUN_LIBS := -lyajl_s -lcap-ng -lseccomp \
	-Wl,--defsym=getpwuid=abort -Wl,--defsym=initgroups=abort -Wl,--no-warnings
$(BUILD)/rrun: $(call obj,$(FRONTEND_SRC) $(POLICY_SRC) $(COMMON_SRC))
	$(CC) -static-pie $(LINK) $(LDFLAGS) -o $@ $^ $(RRUN_LIBS)

# rrun-helper is dynamic: libcap-ng.a would drag NSS code into the privileged program.
$(BUILD)/rrun-helper: $(call obj,$(HELPER_SRC) $(POLICY_SRC) $(COMMON_SRC))
	$(CC) -pie $(LINK) -Wl,-z,nodlopen -Wl,-z,nodump $(LDFLAGS) -o $@ $^ -lcap-ng

# The helper's seccomp filter is data, made by libseccomp at build time: libseccomp is not in the helper.
$(BUILD)/filter-tool: helper/filter.c
	@mkdir -p $(@D)
	$(HOSTCC) -O2 -Wall -Wextra -std=gnu11 -D_GNU_SOURCE -I. -o $@ $< -lseccomp
$(BUILD)/helper-filter.h: $(BUILD)/filter-tool
	$< $(ARCH) > $@.tmp && mv $@.tmp $@
$(call obj,$(HELPER_SRC)): $(BUILD)/helper-filter.h
HOSTCC ?= gcc

# The paths are compiled in: another PREFIX or POLICY_PATH is another program.
$(BUILD)/paths: always
	@mkdir -p $(@D)
	@echo '$(HELPER_PATH) $(POLICY_PATH)' | cmp -s - $@ || echo '$(HELPER_PATH) $(POLICY_PATH)' >$@

$(BUILD)/obj/%.o: %.c $(BUILD)/paths
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -ffunction-sections -fdata-sections -c -o $@ $<

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
-include tests/tests.mk

install: $(BUILD)/rrun
	install -D -m 0755 $(BUILD)/rrun $(DESTDIR)$(PREFIX)/bin/rrun
	install -D -m 0644 docs/rrun.1 $(DESTDIR)$(PREFIX)/share/man/man1/rrun.1
	install -d -m 0755 $(DESTDIR)$(PREFIX)/share/containers/containers.conf.d
	sed 's|@PREFIX@|$(PREFIX)|' docs/50-rrun.conf.in \
		>$(DESTDIR)$(PREFIX)/share/containers/containers.conf.d/50-rrun.conf

# The old inode loses its mode first: whoever holds a link to it must not keep an old helper (H-1).
# HELPER_GROUP=name: only members of that group can start it at all.
LIBEXEC := $(DESTDIR)$(PREFIX)/libexec/rrun
install-helper: $(BUILD)/rrun-helper
	! test -e $(LIBEXEC)/rrun-helper || chmod 0 $(LIBEXEC)/rrun-helper
	install -d -m 0755 $(LIBEXEC) $(dir $(DESTDIR)$(POLICY_PATH))
	install -m 0700 $(BUILD)/rrun-helper $(LIBEXEC)/rrun-helper.new
	chown root:$(or $(HELPER_GROUP),root) $(LIBEXEC)/rrun-helper.new
	chmod $(if $(HELPER_GROUP),04710,04711) $(LIBEXEC)/rrun-helper.new
	mv -f $(LIBEXEC)/rrun-helper.new $(LIBEXEC)/rrun-helper
	test -e $(DESTDIR)$(POLICY_PATH) || install -m 0644 policy/policy.conf $(DESTDIR)$(POLICY_PATH)
	@echo "$(HELPER_PATH) is set-uid root. $(POLICY_PATH) says who may do what with it:"
	@sed -e '/^#/d' -e '/^$$/d' -e 's/^/    /' $(DESTDIR)$(POLICY_PATH)
	@echo "As shipped: every user from uid 1000 up may map their own ids, and what lines of their own in"
	@echo "/etc/subuid and /etc/subgid grant them: what newuidmap gives, and no more."

# The symbols that the set-uid program takes from libraries: a new one is a decision.
helper-imports: $(BUILD)/rrun-helper
	nm -D --undefined-only --format=posix $< | sed 's/@.*//; s/ .*//' | LC_ALL=C sort -u >$(BUILD)/imports.txt
	diff helper/imports.txt $(BUILD)/imports.txt

clean:
	rm -rf $(BUILD)

.PHONY: all always install install-helper helper-imports clean
.DELETE_ON_ERROR:
