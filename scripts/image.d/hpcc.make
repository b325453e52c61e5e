# How HPCC is built (its hpl/Make.ARCH file): MPICH, OpenBLAS, and code that every x86-64 machine
# runs, real or emulated: OpenBLAS chooses its kernels when it starts, so DGEMM and HPL use what
# the CPU has, whatever -march says here.
SHELL        = /bin/sh
CD           = cd
CP           = cp
LN_S         = ln -s
MKDIR        = mkdir -p
RM           = rm -f
TOUCH        = touch
ARCH         = $(arch)
TOPdir       = ../../..
INCdir       = $(TOPdir)/include
BINdir       = $(TOPdir)/bin/$(ARCH)
LIBdir       = $(TOPdir)/lib/$(ARCH)
HPLlib       = $(LIBdir)/libhpl.a
HPL_INCLUDES = -I$(INCdir) -I$(INCdir)/$(ARCH)
HPL_LIBS     = $(HPLlib) $(OWN) -lopenblas -lm
HPL_DEFS     = -DAdd_ -DF77_INTEGER=int -DStringSunStyle $(HPL_INCLUDES)
CC           = mpicc.mpich
CCNOOPT      = $(HPL_DEFS)
CCFLAGS      = $(HPL_DEFS) -O3 -march=x86-64 -std=gnu99
LINKER       = mpicc.mpich
LINKFLAGS    =
ARCHIVER     = ar
ARFLAGS      = rc
RANLIB       = ranlib
