# check, demo, lint and unit; the top Makefile includes this.
#
#   make check CHECK_ARGS='tests/run/mounts.bats'     only these suites
#   make check-vm SUITES='node'                       only these; see tests/vm/README.md
#   make unit                                         the unit tests alone, nothing installed

# Everything but the two mains, so that a test links what it speaks of and nothing needs listing.
TEST_MAINS := frontend/main.c helper/main.c
TEST_SRC := $(filter-out $(TEST_MAINS),$(FRONTEND_SRC) $(POLICY_SRC) $(COMMON_SRC) $(HELPER_SRC))
UNIT_SRC := $(wildcard tests/unit/*_test.c tests/unit/*/*_test.c tests/plan/*_test.c)
UNIT := $(patsubst tests/%.c,$(BUILD)/tests/%,$(UNIT_SRC))
TEST_CFLAGS = $(HARDEN) -Wall -Wextra -Wno-unused-parameter -I. -I$(BUILD) -MMD -MP \
	-DRRUN_VERSION='"$(VERSION)"' -DRRUN_COMMIT='"$(COMMIT)"' \
	-DHELPER_PATH='"$(HELPER_PATH)"' -DPOLICY_PATH='"$(POLICY_PATH)"'

$(BUILD)/librrun-test.a: $(call obj,$(TEST_SRC))
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/tests/%_test: tests/%_test.c $(BUILD)/librrun-test.a
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -pie -o $@ $< $(BUILD)/librrun-test.a -lcmocka -lyajl -lcap-ng -lseccomp

# What the suites run beside rrun: one static program each, so that it also runs in a container.
TEST_TOOLS := $(patsubst tests/lib/%.c,$(BUILD)/tests/lib/%,$(wildcard tests/lib/*.c))
$(BUILD)/tests/lib/%: tests/lib/%.c
	@mkdir -p $(@D)
	$(CC) -O2 -g -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -I. -static -o $@ $<

-include $(UNIT:%=%.d)

unit-programs: $(UNIT)
test-tools: $(TEST_TOOLS)
unit: $(UNIT)
	@tests/lib/unit $(UNIT)

check:
	@tests/check $(CHECK_ARGS)

check-vm:
	@tests/vm/check $(SUITES)

demo:
	@tests/demo

check-aarch64:
	@tests/aarch64

lint: all
	@tests/lint $(BUILD)

.PHONY: unit unit-programs test-tools check check-vm check-aarch64 demo lint

-include tests/bench/bench.mk
