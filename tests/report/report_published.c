/* Which published numbers are compared with what was measured: only those of the same thing in the
 * same place. The measured side is a data set with one value per target, whose cells are moved to a
 * placement. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "report/model/published.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include "report/model/build.h"
#include "report/model/model.h"

static const struct {
	const char *set;
	const char *measured; /* benchmark,metric,unit,better */
	const char *parameters, *placement;
	const char *published; /* target=value of each, in the set's order */
} cases[] = {
	/* iperf between two guests of one host, and over a wire. */
	{"nussbaum-2009", "net,throughput,Mbit/s,higher", "", "1x2",
		"kvm-virtio=813.2 xen-pv=4451 "},
	{"nussbaum-2009", "net,throughput,Mbit/s,higher", "streams=4", "1x4x1",
		"kvm-virtio=813.2 xen-pv=4451 "},
	{"nussbaum-2009", "net,throughput,Mbit/s,higher", "", "2x1", ""},
	{"nussbaum-2009", "net,throughput,Mbit/s,higher", "", "2x2", ""},
	{"nussbaum-2009", "net,throughput,Mbit/s,higher", "path=host-to-machine", "1x2", ""},
	{"nussbaum-2009", "net,throughput,Mbit/s,higher", "background=cpu", "1x2", ""},
	{"nussbaum-2009", "net,throughput,Mbit/s,higher", "path=machines background=none", "1x2",
		"kvm-virtio=813.2 xen-pv=4451 "},
	{"cesga-2007", "net,throughput,Mbit/s,higher", "", "2x1", "native=801 "},
	{"cesga-2007", "net,throughput,Mbit/s,higher", "", "1x2", ""},
	/* Guests per host. */
	{"nussbaum-2009", "hpcc,hpl_tflops,TFLOP/s,higher", "", "32x1",
		"native=0.223 kvm-virtio=0.154 xen-pv=0.235 "},
	{"nussbaum-2009", "hpcc,hpl_tflops,TFLOP/s,higher", "", "2x4x1",
		"native=0.223 kvm-virtio=0.152 xen-pv=0.183 "},
	{"nussbaum-2009", "hpcc,hpl_tflops,TFLOP/s,higher", "", "2x3", "native=0.223 "},
	{"nussbaum-2009", "hpcc,hpl_tflops,TFLOP/s,higher", "", "1x4", ""},
	{"bjerke-2006", "mpi-pingpong,bandwidth,MB/s,higher", "", "2x1",
		"native=116.6 xen-pv=100.43 "},
	{"bjerke-2006", "mpi-pingpong,bandwidth,MB/s,higher", "", "2x2", "native=116.6 "},
	/* Placements that are spelt out. */
	{"birkenheuer-2008", "mpi-alltoall,bandwidth,MB/s,higher", "", "1x2", "xen-pv=380 "},
	{"birkenheuer-2008", "mpi-alltoall,bandwidth,MB/s,higher", "", "1x4x1", "xen-pv=160 "},
	{"birkenheuer-2008", "mpi-alltoall,bandwidth,MB/s,higher", "", "2x2",
		"native=190 xen-pv=170 "},
	{"birkenheuer-2008", "mpi-alltoall,bandwidth,MB/s,higher", "", "2x4",
		"native=190 xen-pv=80 "},
	{"birkenheuer-2008", "mpi-alltoall,bandwidth,MB/s,higher", "", "4x2", "native=190 "},
	{"birkenheuer-2008", "mpi-alltoall,bandwidth,MB/s,higher", "", "1x1", ""},
	{"birkenheuer-2008", "mpi-pingpong,latency,us,lower", "", "1x2", "native=0.9 xen-pv=30 "},
	/* Two ranks in one guest go over no virtual network. */
	{"birkenheuer-2008", "mpi-pingpong,latency,us,lower", "", "1x1", ""},
	{"birkenheuer-2008", "mpi-pingpong,latency,us,lower", "", "12x1", "native=45 xen-pv=73 "},
	{"birkenheuer-2008", "mpi-pingpong,latency,us,lower", "pair=first-second", "2x2", ""},
	/* One machine that has its host alone; how it was set up is no placement. */
	{"felter-2014", "linpack,gflops,GFLOP/s,higher", "", "1x1",
		"native=290.83 kvm-virtio=130.28 kvm-virtio=284.2 "},
	{"felter-2014", "linpack,gflops,GFLOP/s,higher", "", "1x16", ""},
	{"felter-2014", "latency,transactions,1/s,higher", "", "2x1",
		"native=26608 kvm-virtio=14719 "},
	{"felter-2014", "latency,transactions,1/s,higher", "", "1x2", ""},
};

static struct store_data *read_set(const char *path)
{
	struct store_data *set = NULL;
	struct error e = {""};

	if (report_published_read(path, &set, &e) < 0)
		fail_msg("%s", e.text);
	return set;
}

static struct store_data *measure(
	const char *measured, const char *parameters, const char *placement)
{
	static const char *const targets[] = {"native", "kvm-virtio", "xen-pv"};
	char path[] = "/dev/shm/tare-test-published-XXXXXX";
	cleanup_fd int fd = mkstemp(path);
	cleanup_text struct text text = {0};
	struct error e = {""};

	assert_true(fd >= 0);
	text_add(&text, "target,benchmark,metric,unit,better,block,run,value\n");
	for (size_t i = 0; i < ARRAY_COUNT(targets); i++)
		text_addf(&text, "%s,%s,0,0,%zu\n", targets[i], measured, i + 1);
	assert_int_equal(file_write(path, text.bytes, text.count, &e), 0);
	struct store_data *data = read_set(path);
	unlink(path);
	for (size_t i = 0; i < data->cell_count; i++) {
		free(data->cells[i].placement);
		free(data->cells[i].parameters);
		data->cells[i].placement = str_dup(placement);
		data->cells[i].parameters = str_dup(parameters);
	}
	for (size_t i = 0; i < data->block_count; i++) {
		free(data->blocks[i].placement);
		data->blocks[i].placement = str_dup(placement);
	}
	return data;
}

static const struct report_options plain;

static void test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		cleanup_free char *path =
			str_printf("%s/results/published/%s.csv", TARE_SOURCE_DIR, cases[i].set);
		struct store_data *set = read_set(path);
		struct store_data *data =
			measure(cases[i].measured, cases[i].parameters, cases[i].placement);
		struct report_model *model = NULL, *of_set = NULL;
		struct error e = {""};
		cleanup_text struct text found = {0};

		assert_int_equal(report_model_new(set, &plain, &of_set, &e), 0);
		const struct report_options options = {.published = of_set};
		if (report_model_new(data, &options, &model, &e) < 0)
			fail_msg("%s", e.text);
		text_add(&found, "");
		for (size_t b = 0; b < model->published_count; b++)
			text_addf(&found, "%s=%.12g ",
				model->targets[model->published_numbers[b].target].name,
				model->published_numbers[b].published);
		if (strcmp(found.bytes, cases[i].published) != 0)
			fail_msg("%s in %s (%s), published: %s instead of %s", cases[i].measured,
				cases[i].placement, cases[i].parameters, cases[i].set, found.bytes,
				cases[i].published);
		report_model_free(model);
		report_model_free(of_set);
		store_data_free(data);
		store_data_free(set);
	}
}

/* A cost is against a number that was taken in the same place, or there is none. */
static void test_costs(void **state)
{
	static const struct {
		const char *placement;
		double cost;
	} costs[] = {{"2x2", 190.0 / 170 - 1}, {"1x2", NAN}};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(costs); i++) {
		struct store_data *set =
			read_set(TARE_SOURCE_DIR "/results/published/birkenheuer-2008.csv");
		struct store_data *data =
			measure("mpi-alltoall,bandwidth,MB/s,higher", "", costs[i].placement);
		struct report_model *model = NULL, *of_set = NULL;
		struct error e = {""};

		assert_int_equal(report_model_new(set, &plain, &of_set, &e), 0);
		const struct report_options options = {.published = of_set};
		assert_int_equal(report_model_new(data, &options, &model, &e), 0);
		assert_true(model->published_count > 0);
		double cost = model->published_numbers[model->published_count - 1].published_cost;
		if (isnan(costs[i].cost) ? !isnan(cost) : !(fabs(cost - costs[i].cost) < 1e-9))
			fail_msg("a cost of %g in %s", cost, costs[i].placement);
		report_model_free(model);
		report_model_free(of_set);
		store_data_free(data);
		store_data_free(set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_costs),
	};

	return cmocka_run_group_tests_name("report_published", tests, NULL, NULL);
}
