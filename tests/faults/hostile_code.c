/* What machine code may try. Each function is the whole program; it returns DONE where it came to
   nothing and nobody minded, and BROKEN_OUT where it did what it must not be able to do. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define DONE 7
#define BROKEN_OUT 66

static int refused(long result) { return result < 0 ? DONE : BROKEN_OUT; }

/* Files, descriptors and output. */
int creates_a_file(void) { return refused(syscall(SYS_openat, AT, MARK, 0101, 0666)); }
int removes_a_file(void) { return refused(syscall(SYS_unlinkat, AT, KEPT, 0)); }
int reads_its_input(void) {
    char byte;
    return refused(read(0, &byte, 1));
}
int closes_its_descriptors(void) {
    for (int i = 0; i < 100; i++) close(i);
    return write(1, "still", 5) == 5 ? DONE : BROKEN_OUT;
}
int writes_to_other_descriptors(void) {
    for (int i = 0; i < 1000; i++)
        if (i != 1 && write(i, "x", 1) >= 0) return BROKEN_OUT;
    return DONE;
}
int writes_without_end(void) {
    for (;;) puts("and so on");
}
int makes_a_file_in_memory(void) { return refused(syscall(SYS_memfd_create, "m", 0)); }

/* Other processes. */
int opens_a_socket(void) { return refused(socket(AF_INET, SOCK_STREAM, 0)); }
int forks(void) { return refused(fork()); }
int forks_without_end(void) {
    for (;;) fork();
}
int becomes_another_program(void) {
    char *arguments[] = {"/bin/true", 0};
    execve("/bin/true", arguments, arguments + 1);
    return BROKEN_OUT;
}
static void *thread(void *argument) { return argument; }
int starts_a_thread(void) {
    pthread_t started;
    return refused(-pthread_create(&started, 0, thread, 0));
}
int asks_for_its_parent(void) { return refused(getppid()); }
int kills_everybody(void) { return refused(kill(-1, SIGKILL)); }
int kills_its_group(void) { return refused(kill(0, SIGKILL)); }
int kills_the_first_process(void) { return refused(syscall(SYS_tgkill, 1, 1, SIGKILL)); }
int traces_a_process(void) { return refused(syscall(SYS_ptrace, 16, 1, 0, 0)); }
int outlives_its_parent(void) { return refused(syscall(SYS_prctl, 1, 0, 0, 0, 0)); }
int stops_itself(void) { return raise(SIGSTOP) + BROKEN_OUT; }
int kills_itself(void) { return raise(SIGTERM) + BROKEN_OUT; }
int kills_itself_as_its_parent_would(void) { return raise(SIGKILL) + BROKEN_OUT; }

/* The kernel. */
int sets_up_io_uring(void) {
    char parameters[256] = {0};
    return refused(syscall(425, 8, parameters));
}
int loads_a_program_into_the_kernel(void) { return refused(syscall(SYS_bpf, 0, 0, 0)); }
int turns_randomisation_on(void) { return refused(syscall(SYS_personality, 0)); }
int makes_a_namespace(void) { return refused(syscall(SYS_unshare, 0x10000000)); }
int restarts_the_machine(void) { return refused(syscall(SYS_reboot, 0, 0, 0, 0)); }
int raises_its_limits(void) {
    unsigned long limits[2] = {-1UL, -1UL};
    return refused(syscall(SYS_prlimit64, 0, 9, limits, 0));
}
int marks_memory_as_broken(void) {
    static char page[8192] __attribute__((aligned(4096)));
    return refused(madvise(page, 4096, 100));
}

/* Memory. */
int writes_code(void) {
    return refused((long)mmap(0, 4096, 7, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}
int turns_data_into_code(void) {
    static char page[8192] __attribute__((aligned(4096)));
    return refused(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}
int maps_its_output(void) { return refused((long)mmap(0, 4096, 3, MAP_SHARED, 1, 0)); }
int takes_all_memory(void) {
    for (int i = 0; i < 4096; i++) {
        char *more = malloc(1 << 20);
        if (!more) return DONE;
        memset(more, i, 1);
    }
    return BROKEN_OUT;
}
int takes_all_memory_in_pieces(void) {
    for (int i = 0; i < 1 << 20; i++)
        if (!malloc(100000)) return DONE;
    return BROKEN_OUT;
}
int writes_everywhere(void) {
    for (unsigned long at = 0; at < 1UL << 47; at += 4096) *(volatile char *)at = 1;
    return BROKEN_OUT;
}
int writes_over_what_it_uses(void) {
    for (volatile char *at = (volatile char *)&errno + 4096;; at--) *at = 0;
}
int unmaps_everything(void) {
    for (unsigned long at = 1UL << 46; at; at >>= 1) munmap((void *)at, at);
    munmap((void *)4096, (1UL << 47) - 8192);
    return BROKEN_OUT;
}
static int deeper(volatile int *above) {
    volatile int here[1000];
    here[0] = above[0] + 1;
    return deeper(here) + here[0];
}
int recurses_without_end(void) {
    volatile int start = 0;
    return deeper(&start);
}
int has_a_huge_frame(void) {
    volatile char frame[1 << 30];
    frame[0] = 1;
    frame[sizeof frame / 2] = 2;
    return frame[0] + BROKEN_OUT;
}

/* Time. */
int loops_without_end(void) {
    for (volatile int i = 0;; i++) continue;
}
static void ignore(int number) { (void)number; }
int catches_every_signal_and_loops(void) {
    for (int i = 1; i < 65; i++) signal(i, ignore);
    return loops_without_end();
}
int waits_for_nobody(void) {
    int word = 0;
    for (;;) syscall(SYS_futex, &word, 0, 0, 0, 0, 0);
}
int sleeps(void) { return sleep(100) > 0 ? DONE : BROKEN_OUT; }
int is_woken_by_a_timer(void) {
    struct itimerval soon = {{0, 0}, {0, 1000}};
    setitimer(ITIMER_REAL, &soon, 0);
    return loops_without_end();
}

/* Control flow and instructions. */
static jmp_buf back;
static void jumps(void) { longjmp(back, DONE); }
int jumps_over_frames(void) {
    int came = setjmp(back);
    if (!came) jumps();
    return came;
}
int jumps_nowhere(void) {
    memset(&back, 0x55, sizeof back);
    longjmp(back, 1);
}
int counts_atomically(void) {
    static atomic_int count;
    for (int i = 0; i < DONE; i++) atomic_fetch_add(&count, 1);
    return count;
}
typedef long huge __attribute__((vector_size(4096)));
int adds_huge_vectors(void) {
    static volatile huge left, right;
    huge sum = left * 3 + right + 1;
    return (int)sum[511] + DONE - 1;
}
int aborts(void) { abort(); }
int divides_by_nothing(void) {
    volatile int zero = 0;
    return 1 / zero;
}
int calls_data(void) {
    static char data[64];
    int (*volatile call)(void) = (int (*)(void))data;
    return call();
}
int handles_its_own_fault(void);
static void handle(int number) { _exit(number == SIGSEGV ? DONE : BROKEN_OUT); }
int handles_its_own_fault(void) {
    signal(SIGSEGV, handle);
    return *(volatile int *)8;
}

#ifdef __x86_64__
int has_an_undefined_instruction(void) { __asm__ volatile("ud2"); return BROKEN_OUT; }
int has_a_breakpoint(void) { __asm__ volatile("int3"); return BROKEN_OUT; }
int halts_the_processor(void) { __asm__ volatile("hlt"); return BROKEN_OUT; }
int writes_to_a_port(void) { __asm__ volatile("outb %%al, $0x64" ::"a"(0xfe)); return BROKEN_OUT; }
int uses_the_entry_of_32_bits(void) {
    int result = 20;
    __asm__ volatile("int $0x80" : "+a"(result));
    return BROKEN_OUT;
}
int uses_numbers_of_x32(void) {
    long result = 0x40000000 + 39;
    __asm__ volatile("syscall" : "+a"(result) : : "rcx", "r11", "memory");
    return BROKEN_OUT;
}
int calls_the_kernel_itself(void) {
    long result = SYS_socket;
    __asm__ volatile("syscall" : "+a"(result) : "D"(2), "S"(1), "d"(0) : "rcx", "r11", "memory");
    return BROKEN_OUT;
}
int has_the_wrong_stack(void) { __asm__ volatile("xor %rsp, %rsp; push %rax"); return BROKEN_OUT; }
#endif
