#include "frontend/plan/parts.h"

/* log2 and 10^x for this one formula, to some 1e-14: a static rrun needs no libm for them. */

static double log2_of(uint64_t number)
{
	int whole = 63 - __builtin_clzll(number);
	double rest = (double)number / (double)((uint64_t)1 << whole), result = whole;

	for (double bit = 0.5; bit > 1e-15; bit /= 2) {
		rest *= rest;
		if (rest >= 2) {
			rest /= 2;
			result += bit;
		}
	}
	return result;
}

/* 10^X for X from 0 to 4. */
static double power_of_ten(double x)
{
	const double exponent = x * 2.302585092994045684; /* ln 10 */
	double term = 1, sum = 1;

	for (int i = 1; i < 60; i++) {
		term *= exponent / i;
		sum += term;
	}
	return sum;
}

/* ceil(10^((l² + 125 l) / 612 - 7/34)) with l = log2(shares), what runc and crun do: 1024 shares
 * are the default weight, 100. opencontainers/cgroups, ConvertCPUSharesToCgroupV2Value. */
uint32_t plan_cpu_weight(uint64_t shares)
{
	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	double log = log2_of(shares);
	double weight = power_of_ten((log * log + 125 * log) / 612 - 7.0 / 34);
	uint32_t whole = (uint32_t)weight;

	/* 100.00000000000001 is 100. */
	return weight - whole > 1e-9 ? whole + 1 : whole;
}
