/* The files of a host that fuzz_counters and the maker of its corpus know, by number. */
#ifndef TARE_TESTS_FUZZ_COUNTERS_FILES_H
#define TARE_TESTS_FUZZ_COUNTERS_FILES_H

static const char *const counters_files[] = {
	"proc/stat",
	"proc/schedstat",
	"proc/interrupts",
	"proc/softirqs",
	"proc/vmstat",
	"proc/meminfo",
	"proc/diskstats",
	"proc/net/dev",
	"proc/pressure/cpu",
	"proc/5/stat",
	"proc/5/cmdline",
	"proc/5/task/51/stat",
	"proc/5/task/51/schedstat",
	"proc/7/stat",
	"dev/kmsg",
	"dev/cpu/0/msr",
	"sys/devices/system/cpu/cpu0/topology/thread_siblings_list",
	"sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count",
	"sys/kernel/debug/kvm/5-11/exits",
	"sys/class/powercap/intel-rapl:0/name",
	"sys/class/powercap/intel-rapl:0/energy_uj",
	"sys/class/powercap/intel-rapl:0/max_energy_range_uj",
	"sys/block/vda/device/x",
	"sys/kernel/tracing/instances/tare-0123abcd/events/kvm/kvm_exit/hist",
	"proc/6/status",
	"sys/hypervisor/type",
	"sys/bus/xen-backend/devices/vbd-1-51712/statistics/rd_req",
	"sys/bus/xen-backend/devices/vif-1-0/net/vif1.0/statistics/rx_bytes",
};

#endif
