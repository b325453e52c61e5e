/* tare-null: prints given values, or misbehaves on request. Measures nothing.
 *
 * Usage: tare-null [--seconds S] [--value V] [--deviation F] [--count N] [--fault FAULT]
 * Prints N values, uniform in V (1 ± F), and the seconds slept, in the format of bench/timing.h.
 * Exit status 0; 1 for the fault "exit"; 2 for a usage error. */
#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double uniform(void)
{
	unsigned bits = 0;

	if (getrandom(&bits, sizeof(bits), 0) != sizeof(bits))
		return 0.5;
	return bits / 4294967296.0;
}

static void sleep_s(double seconds)
{
	struct timespec left = {(time_t)seconds, (long)((seconds - floor(seconds)) * 1e9)};

	while (nanosleep(&left, &left) != 0)
		;
}

static void print_values(double value, double deviation, long count)
{
	printf("value 0 %ld\n", count);
	for (long i = 0; i < count; i++)
		printf("%.9g\n", value * (1 + deviation * (2 * uniform() - 1)));
}

static int fault_exit(void)
{
	fputs("tare-null: failing as requested\n", stderr);
	return 1;
}

static int fault_signal(void)
{
	return raise(SIGSEGV);
}

static int fault_hang(void)
{
	while (pause() < 0)
		;
	return 0;
}

static int fault_garbage(void)
{
	for (int i = 0; i < 4096; i++)
		putchar((int)(uniform() * 256));
	return 0;
}

static int fault_nan(void)
{
	puts("tare-null 1\nvalue 0 1\nnan\ndone 1");
	return 0;
}

static int fault_truncated(void)
{
	fputs("tare-null 1\nvalue 0 3\n1.0\n2.", stdout);
	return 0;
}

static int fault_silent(void)
{
	return 0;
}

static int fault_flood(void)
{
	while (puts("tare-null: endless output as requested") >= 0)
		;
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} faults[] = {{"none", NULL}, {"exit", fault_exit}, {"signal", fault_signal}, {"hang", fault_hang},
	{"garbage", fault_garbage}, {"nan", fault_nan}, {"truncated", fault_truncated},
	{"silent", fault_silent}, {"flood", fault_flood}};

static int usage(void)
{
	fputs("usage: tare-null [--seconds S] [--value V] [--deviation F] [--count N] "
	      "[--fault none|exit|signal|hang|garbage|nan|truncated|silent|flood]\n",
		stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"seconds", required_argument, NULL, 's'},
		{"value", required_argument, NULL, 'v'},
		{"deviation", required_argument, NULL, 'd'},
		{"count", required_argument, NULL, 'c'}, {"fault", required_argument, NULL, 'f'},
		{0}};
	double seconds = 0, value = 1, deviation = 0, start_s;
	size_t fault = 0;
	long count = 1;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 's')
			seconds = atof(optarg);
		else if (option == 'v')
			value = atof(optarg);
		else if (option == 'd')
			deviation = atof(optarg);
		else if (option == 'c')
			count = atol(optarg);
		else if (option == 'f')
			for (fault = 0; fault < sizeof(faults) / sizeof(faults[0]); fault++)
				if (strcmp(faults[fault].name, optarg) == 0)
					break;
		if (option == '?' || fault == sizeof(faults) / sizeof(faults[0]))
			return usage();
	}
	if (optind != argc || count < 1 || !(seconds >= 0))
		return usage();
	start_s = now_s();
	sleep_s(seconds);
	if (faults[fault].run)
		return faults[fault].run();
	puts("tare-null 1");
	print_values(value, deviation, count);
	printf("elapsed 0 1\n%.9f\ndone 2\n", now_s() - start_s);
	return fflush(stdout) == 0 ? 0 : 1;
}
