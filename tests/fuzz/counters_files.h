/* The files of a host that fuzz_counters changes, by number, with what they hold otherwise; and
 * those that are there beside them. */
#ifndef TARE_TESTS_FUZZ_COUNTERS_FILES_H
#define TARE_TESTS_FUZZ_COUNTERS_FILES_H

/* Registers are read from a place each. */
#define NINE "123456789"
#define REGISTERS \
	NINE NINE NINE NINE NINE NINE NINE NINE NINE NINE NINE NINE NINE NINE NINE NINE NINE NINE \
		NINE NINE NINE NINE NINE NINE NINE NINE NINE NINE NINE

static const struct {
	const char *path, *good;
} counters_files[] =
	{
		{"proc/stat", "cpu  7 0 352 242 1 0 10 2 0 0\n"
			      "cpu0 3 0 190 106 1 0 8 1 0 0\n"
			      "cpu3 4 0 162 136 0 0 1 1 0 0\n"
			      "intr 3774 132 9\n"
			      "ctxt 9000\n"
			      "processes 70\n"
			      "procs_running 1\n"
			      "softirq 900 0 1\n"},
		{"proc/schedstat", "version 15\n"
				   "timestamp 4294893322\n"
				   "cpu0 0 0 0 0 0 0 2308600412 406597264 517\n"
				   "cpu3 0 0 0 0 0 0 2073661176 189040247 677\n"},
		{"proc/interrupts",
			"           CPU0       CPU3\n"
			"  0:        132          0   IO-APIC   2-edge      timer\n"
			" 24:          1          5   PCI-MSI 512-edge      virtio0-input.0\n"
			"NMI:          0          0   Non-maskable interrupts\n"
			"LOC:        500        400   Local timer interrupts\n"
			"RES:         20         30   Rescheduling interrupts\n"
			"CAL:          7          8   Function call interrupts\n"
			"TLB:          3          4   TLB shootdowns\n"
			"ERR:          0\n"},
		{"proc/softirqs", "                    CPU0       CPU3\n"
				  "          HI:          0          0\n"
				  "       TIMER:         49        149\n"
				  "      NET_RX:          2          3\n"},
		{"proc/vmstat", "nr_free_pages 106757\n"
				"pgfault 500\n"
				"pgmajfault 3\n"
				"pswpin 0\n"
				"pswpout 0\n"
				"pgmigrate_success 4\n"
				"compact_stall 0\n"
				"thp_fault_alloc 1\n"
				"numa_miss 0\n"
				"oom_kill 0\n"},
		{"proc/meminfo", "MemTotal:         468296 kB\n"
				 "MemFree:          427028 kB\n"
				 "MemAvailable:     429352 kB\n"
				 "Buffers:             176 kB\n"
				 "Cached:             9752 kB\n"
				 "Dirty:                 0 kB\n"
				 "Writeback:             0 kB\n"
				 "AnonHugePages:      2048 kB\n"
				 "KReclaimable:       9000 kB\n"},
		{"proc/diskstats", " 254       0 vda 74 0 5096 51 0 0 0 0 0 68 51 0 0 0 0 0 0\n"
				   " 254      16 vdb 12 1 98 18 1 0 8 6 0 28 25 0 0 0 0 1 0\n"},
		{"proc/net/dev",
			"Inter-|   Receive                                                |  "
			"Transmit\n"
			" face |bytes    packets errs drop fifo frame compressed multicast|bytes   "
			" packets errs drop fifo colls carrier compressed\n"
			"    lo:       0       0    0    0    0     0          0         0        "
			"0       0    0    0    0     0       0          0\n"
			"  eth0:    1000      10    0    1    0     0          0         0     "
			"2000      20    0    0    0     0       0          0\n"},
		{"proc/pressure/cpu", "some avg10=51.54 avg60=40.05 avg300=56.78 total=4605474653\n"
				      "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"},
		{"proc/5/stat",
			"5 (qemu-system-x86) S 1 1 1 0 -1 0 98 0 0 0 10 1 5 6 20 0 1 0 7 3133440 "
			"383 18446744073709551615 1 1 1 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0\n"},
		{"proc/5/cmdline", "qemu -name guest=tare-0123abcd-1"},
		{"proc/5/task/51/stat", "51 (CPU 0/KVM) S 1 1 1 0 -1 0 98 0 0 0 10 1 5 6 20 0 1 0 "
					"7 1 2 3 1 1 1 0 0 0 0 0 0 0 0 0 17 3 0 0 0 0 0\n"},
		{"proc/5/task/51/schedstat", "5000000000 250000000 77\n"},
		{"proc/7/stat", "7 (vhost-5) S 2 0 0 0 -1 2129984 0 0 0 0 0 6 0 0 20 0 1 0 42 0 0 "
				"1 0 0 0 0 0 0 0 2147483647 0 1 0 0 0 1 0 0 0\n"},
		{"dev/kmsg", ""},
		{"dev/cpu/0/msr", REGISTERS},
		{"sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0,3\n"},
		{"sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "12\n"},
		{"sys/kernel/debug/kvm/5-11/exits", "1024\n"},
		{"sys/class/powercap/intel-rapl:0/name", "package-0\n"},
		{"sys/class/powercap/intel-rapl:0/energy_uj", "900000000\n"},
		{"sys/class/powercap/intel-rapl:0/max_energy_range_uj", "262143328850\n"},
		{"sys/block/vda/device/x", ""},
		{"sys/kernel/tracing/instances/tare-0123abcd/events/kvm/kvm_exit/hist",
			"# event histogram\n"
			"\n"
			"{ common_pid:         51, exit_reason:        120 } hitcount:         73\n"
			"{ common_pid:          8, exit_reason:         12 } hitcount:          3\n"
			"\n"
			"Totals:\n"
			"    Hits: 76\n"
			"    Entries: 2\n"
			"    Dropped: 0\n"},
		{"proc/6/status", "Name:\tx\n"
				  "Tgid:\t6\n"},
		{"sys/hypervisor/type", "kvm\n"},
		{"sys/bus/xen-backend/devices/vbd-1-51712/statistics/rd_req", "78\n"},
		{"sys/bus/xen-backend/devices/vif-1-0/net/vif1.0/statistics/rx_bytes", "9208\n"},
},
  counters_others[] = {
	  {"dev/cpu/3/msr", REGISTERS},
	  {"sys/devices/system/cpu/cpu3/thermal_throttle/core_throttle_count", "1\n"},
	  {"sys/kernel/tracing/instances/tare-0123abcd/events/kvm/kvm_exit/trigger", ""},
	  {"proc/8/stat",
		  "8 (other) S 1 8 8 0 -1 0 98 0 0 0 10 1 5 6 20 0 1 0 7 1 2 3 1 1 1 0 0 0 0 0 0 "
		  "0 0 0 17 3 0 0 0 0 0\n"},
	  {"proc/8/cmdline", "other"},
};

#undef NINE
#undef REGISTERS

#endif
