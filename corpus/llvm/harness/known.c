/* Library functions whose meaning LLVM knows and uses: they mean here what they mean in C.
 *
 * Memory and strings are checked in the instrumented copy; memory comes from the harness; output
 * goes to a log, byte by byte with its stream, so that `puts` and `printf` may stand for each other.
 */
#define _GNU_SOURCE
#include "harness.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

#define STANDARD_OUTPUT 1
#define MOST_TEXT 16384

static int error_number;
static char *token;

void known_reset(void) {
    error_number = 0;
    token = NULL;
}

int *pl_errno_location(void) { return &error_number; }

/* Memory. */
#define READS_OF(at, bytes) need(at, bytes, false)
#define WRITES_TO(at, bytes) need(at, bytes, true)

static bool overlap(const void *a, const void *b, size_t bytes) {
    return bytes && (u64)a < (u64)b + bytes && (u64)b < (u64)a + bytes;
}

static void need_apart(const void *a, const void *b, size_t bytes) {
    if (now.checked && overlap(a, b, bytes)) undefined_at(BAD_STORE, 0);
}

void *pl_memcpy(void *to, const void *from, size_t n) {
    READS_OF(from, n);
    WRITES_TO(to, n);
    need_apart(to, from, n);
    shadow_copy((u64)to, (u64)from, n);
    return memmove(to, from, n);
}
void *pl_mempcpy(void *to, const void *from, size_t n) { return (char *)pl_memcpy(to, from, n) + n; }
void *pl_memmove(void *to, const void *from, size_t n) {
    READS_OF(from, n);
    WRITES_TO(to, n);
    shadow_copy((u64)to, (u64)from, n);
    return memmove(to, from, n);
}
void pl_bcopy(const void *from, void *to, size_t n) { pl_memmove(to, from, n); }
void *pl_memset(void *to, int value, size_t n) {
    WRITES_TO(to, n);
    return memset(to, value, n);
}
void pl_bzero(void *to, size_t n) { pl_memset(to, 0, n); }
/* LLVM may read both to their ends. Only the sign is promised. */
int pl_memcmp(const void *a, const void *b, size_t n) {
    READS_OF(a, n);
    READS_OF(b, n);
    need_defined((u64)a, n);
    need_defined((u64)b, n);
    int order = memcmp(a, b, n);
    return (order > 0) - (order < 0);
}
int pl_bcmp(const void *a, const void *b, size_t n) { return pl_memcmp(a, b, n) != 0; }
void *pl_memchr(const void *text, int wanted, size_t n) {
    if (now.checked) { /* it stops at the first */
        for (size_t i = 0; i < n; i++) {
            READS_OF((const char *)text + i, 1);
            need_defined((u64)text + i, 1);
            if (((const u8 *)text)[i] == (u8)wanted) return (char *)text + i;
        }
        return NULL;
    }
    return memchr(text, wanted, n);
}
void *pl_memrchr(const void *text, int wanted, size_t n) {
    READS_OF(text, n);
    return memrchr(text, wanted, n);
}
void *pl_memccpy(void *to, const void *from, int last, size_t n) {
    for (size_t i = 0; i < n; i++) {
        READS_OF((const char *)from + i, 1);
        WRITES_TO((char *)to + i, 1);
        ((char *)to)[i] = ((const char *)from)[i];
        if (((u8 *)to)[i] == (u8)last) return (char *)to + i + 1;
    }
    return NULL;
}

/* Blocks. Never refused: LLVM may leave the question out. */
void *pl_malloc(size_t n) { return object_new(n, 16, true, now.fill); }
void *pl_aligned_alloc(size_t align, size_t n) {
    if (now.checked && (!align || align & (align - 1))) undefined_at(BAD_FREE, 0);
    return object_new(n, align, true, now.fill);
}
int pl_posix_memalign(void **into, size_t align, size_t n) {
    WRITES_TO(into, sizeof *into);
    *into = pl_aligned_alloc(align, n);
    return 0;
}
void *pl_calloc(size_t count, size_t size) {
    size_t n;
    if (__builtin_mul_overflow(count, size, &n)) n = HEAP_BYTES * 2;
    void *made = object_new(n, 16, true, 0);
    shadow_define((u64)made, n);
    return made;
}
void pl_free(void *block) {
    if (block && !object_end((u64)block, true) && now.checked) undefined_at(BAD_FREE, (u64)block);
}
void *pl_realloc(void *block, size_t n) {
    void *made = pl_malloc(n);
    if (!block) return made;
    u64 before = object_bytes((u64)block);
    shadow_copy((u64)made, (u64)block, before < n ? before : n);
    pl_free(block);
    return memcpy(made, block, before < n ? before : n);
}
void *pl_reallocarray(void *block, size_t count, size_t size) {
    size_t n;
    if (__builtin_mul_overflow(count, size, &n)) n = HEAP_BYTES * 2;
    return pl_realloc(block, n);
}
void *pl_new(size_t n) { return pl_malloc(n); }
void *pl_new_aligned(size_t n, size_t align) { return pl_aligned_alloc(align, n); }
void pl_delete(void *block) { pl_free(block); }

/* Strings. */
size_t pl_strlen(const char *s) { return need_string(s); }
size_t pl_strnlen(const char *s, size_t n) {
    const char *end = pl_memchr(s, 0, n);
    return end ? (size_t)(end - s) : n;
}
size_t pl_wcslen(const wchar_t *s) {
    size_t n = 0;
    for (;; n++) {
        READS_OF(s + n, sizeof *s);
        if (!s[n]) return n;
    }
}
static int sign(int order) { return (order > 0) - (order < 0); }
int pl_strcmp(const char *a, const char *b) {
    need_string(a);
    need_string(b);
    return sign(strcmp(a, b));
}
int pl_strcoll(const char *a, const char *b) { return pl_strcmp(a, b); }
int pl_strncmp(const char *a, const char *b, size_t n) {
    pl_strnlen(a, n);
    pl_strnlen(b, n);
    return sign(strncmp(a, b, n));
}
int pl_strcasecmp(const char *a, const char *b) {
    need_string(a);
    need_string(b);
    return sign(strcasecmp(a, b));
}
int pl_strncasecmp(const char *a, const char *b, size_t n) {
    pl_strnlen(a, n);
    pl_strnlen(b, n);
    return sign(strncasecmp(a, b, n));
}
char *pl_strcpy(char *to, const char *from) { return pl_memcpy(to, from, need_string(from) + 1); }
char *pl_stpcpy(char *to, const char *from) {
    size_t n = need_string(from);
    return (char *)pl_memcpy(to, from, n + 1) + n;
}
char *pl_strncpy(char *to, const char *from, size_t n) {
    size_t length = pl_strnlen(from, n);
    WRITES_TO(to, n);
    need_apart(to, from, length);
    memmove(to, from, length);
    memset(to + length, 0, n - length);
    return to;
}
char *pl_stpncpy(char *to, const char *from, size_t n) { return pl_strncpy(to, from, n) + pl_strnlen(from, n); }
char *pl_strcat(char *to, const char *from) {
    pl_strcpy(to + need_string(to), from);
    return to;
}
char *pl_strncat(char *to, const char *from, size_t n) {
    size_t length = pl_strnlen(from, n), before = need_string(to);
    WRITES_TO(to + before + length, 1);
    pl_memcpy(to + before, from, length);
    to[before + length] = 0;
    return to;
}
size_t pl_strlcpy(char *to, const char *from, size_t n) {
    size_t length = need_string(from), kept = n && length >= n ? n - 1 : length;
    if (n) {
        WRITES_TO(to + kept, 1);
        pl_memcpy(to, from, kept);
        to[kept] = 0;
    }
    return length;
}
size_t pl_strlcat(char *to, const char *from, size_t n) {
    size_t before = pl_strnlen(to, n);
    return before + pl_strlcpy(to + before, from, n - before);
}
char *pl_strchr(const char *s, int c) {
    need_string(s);
    return strchr(s, c);
}
char *pl_strrchr(const char *s, int c) {
    need_string(s);
    return strrchr(s, c);
}
#define TWO_STRINGS(result, name) \
    result pl_##name(const char *a, const char *b) { need_string(a); need_string(b); return name(a, b); }
TWO_STRINGS(char *, strstr)
TWO_STRINGS(char *, strpbrk)
TWO_STRINGS(size_t, strspn)
TWO_STRINGS(size_t, strcspn)
char *pl_strtok_r(char *s, const char *ends, char **state) {
    WRITES_TO(state, sizeof *state);
    need_string(ends);
    if (s) need_string(s);
    else if (*state) need_string(*state);
    return strtok_r(s, ends, state);
}
char *pl_strtok(char *s, const char *ends) { return pl_strtok_r(s, ends, &token); }
char *pl_strdup(const char *s) {
    size_t n = need_string(s) + 1;
    return pl_memcpy(pl_malloc(n), s, n);
}
char *pl_strndup(const char *s, size_t n) {
    size_t length = pl_strnlen(s, n);
    char *made = pl_memcpy(pl_malloc(length + 1), s, length);
    WRITES_TO(made + length, 1);
    made[length] = 0;
    return made;
}

/* Numbers in text. */
int pl_atoi(const char *s) { need_string(s); return (int)strtol(s, NULL, 10); }
long pl_atol(const char *s) { need_string(s); return strtol(s, NULL, 10); }
double pl_atof(const char *s) { need_string(s); return strtod(s, NULL); }
#define TEXT_TO_INTEGER(result, name) \
    result pl_##name(const char *s, char **end, int base) { \
        need_string(s); \
        if (end) WRITES_TO(end, sizeof *end); \
        return name(s, end, base); \
    }
TEXT_TO_INTEGER(long, strtol)
TEXT_TO_INTEGER(unsigned long, strtoul)
#define TEXT_TO_NUMBER(result, name) \
    result pl_##name(const char *s, char **end) { \
        need_string(s); \
        if (end) WRITES_TO(end, sizeof *end); \
        return name(s, end); \
    }
TEXT_TO_NUMBER(double, strtod)
TEXT_TO_NUMBER(float, strtof)
TEXT_TO_NUMBER(long double, strtold)

/* Output: a byte and its stream at a time. */
static void put(u64 stream, const void *text, size_t n) {
    struct record *record = now.record;
    u64 tag = comparable(stream);
    const u8 *bytes = text;
    for (size_t i = 0; i < n; i++) {
        record->output_hash = mix(record->output_hash ^ tag ^ (u64)bytes[i] << 56);
        if (record->output_bytes < OUTPUT_BYTES) record->output[record->output_bytes] = bytes[i];
        if (++record->output_bytes > 1 << 20) leave_run(TOO_LONG, 2, 0);
    }
}

static int print(u64 stream, const char *format, va_list values) {
    static char text[MOST_TEXT];
    need_string(format);
    int n = vsnprintf(text, sizeof text, format, values);
    if (n > 0) put(stream, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
    return n;
}
static int print_into(char *to, size_t most, const char *format, va_list values) {
    static char text[MOST_TEXT];
    need_string(format);
    int n = vsnprintf(text, sizeof text, format, values);
    if (n < 0 || !most) return n;
    if ((size_t)n >= sizeof text) leave_run(TOO_LONG, 3, 0);
    size_t kept = (size_t)n < most ? (size_t)n : most - 1;
    WRITES_TO(to, kept + 1);
    memcpy(to, text, kept);
    to[kept] = 0;
    return n;
}
#define WITH_VALUES(last, call) \
    va_list values; \
    va_start(values, last); \
    int n = call; \
    va_end(values); \
    return n;

int pl_printf(const char *format, ...) { WITH_VALUES(format, print(STANDARD_OUTPUT, format, values)) }
int pl_vprintf(const char *format, va_list values) { return print(STANDARD_OUTPUT, format, values); }
int pl_fprintf(u64 stream, const char *format, ...) { WITH_VALUES(format, print(stream, format, values)) }
int pl_vfprintf(u64 stream, const char *format, va_list values) { return print(stream, format, values); }
int pl_sprintf(char *to, const char *format, ...) { WITH_VALUES(format, print_into(to, HEAP_BYTES, format, values)) }
int pl_vsprintf(char *to, const char *format, va_list values) { return print_into(to, HEAP_BYTES, format, values); }
int pl_snprintf(char *to, size_t most, const char *format, ...) { WITH_VALUES(format, print_into(to, most, format, values)) }
int pl_vsnprintf(char *to, size_t most, const char *format, va_list values) { return print_into(to, most, format, values); }

int pl_fputc(int c, u64 stream) {
    u8 byte = (u8)c;
    put(stream, &byte, 1);
    return byte;
}
int pl_putchar(int c) { return pl_fputc(c, STANDARD_OUTPUT); }
int pl_fputs(const char *s, u64 stream) {
    put(stream, s, need_string(s));
    return 1;
}
int pl_puts(const char *s) {
    pl_fputs(s, STANDARD_OUTPUT);
    pl_putchar('\n');
    return 1;
}
size_t pl_fwrite(const void *from, size_t size, size_t count, u64 stream) {
    size_t n;
    if (__builtin_mul_overflow(size, count, &n)) n = HEAP_BYTES * 2;
    READS_OF(from, n);
    need_defined((u64)from, n);
    put(stream, from, n);
    return size ? count : 0;
}

/* The end of the program. */
_Noreturn void pl_exit(int status) { leave_run(EXITED, (u32)status & 0xff, 0); }
_Noreturn void pl_abort(void) { leave_run(ABORTED, 0, 0); }

/* Characters: the C locale. */
#define OF_CHARACTER(name) \
    int pl_##name(int c) { return now.checked && (c < -1 || c > 255) ? (undefined_at(BAD_LOAD, 0), 0) : name(c) != 0; }
OF_CHARACTER(isalnum) OF_CHARACTER(isalpha) OF_CHARACTER(iscntrl) OF_CHARACTER(isdigit) OF_CHARACTER(isgraph)
OF_CHARACTER(islower) OF_CHARACTER(isprint) OF_CHARACTER(ispunct) OF_CHARACTER(isspace) OF_CHARACTER(isupper)
OF_CHARACTER(isxdigit) OF_CHARACTER(isblank)
int pl_isascii(int c) { return (c & ~0x7f) == 0; }
int pl_toascii(int c) { return c & 0x7f; }
int pl_tolower(int c) { return tolower(c); }
int pl_toupper(int c) { return toupper(c); }

/* Magnitudes, and the first bit. */
int pl_abs(int n) { return now.checked && n == -__INT_MAX__ - 1 ? (undefined_at(BAD_LOAD, 0), 0) : (int)(n < 0 ? 0u - (unsigned)n : (unsigned)n); }
long pl_labs(long n) { return now.checked && n == -__LONG_MAX__ - 1 ? (undefined_at(BAD_LOAD, 0), 0) : (long)(n < 0 ? 0ul - (unsigned long)n : (unsigned long)n); }
int pl_ffs(int n) { return __builtin_ffs(n); }
int pl_ffsl(long n) { return __builtin_ffsl(n); }

/* What the C library keeps tables of, for the instrumented copy to find. */
void pl_tables(void) {
    extern int pl_constant(u64, u64, u32);
    const unsigned short **classes = __ctype_b_loc();
    const int **lower = __ctype_tolower_loc(), **upper = __ctype_toupper_loc();
    pl_constant((u64)classes, sizeof *classes, CONSTANT | OPAQUE);
    pl_constant((u64)(*classes - 128), 384 * sizeof **classes, CONSTANT | OPAQUE);
    pl_constant((u64)lower, sizeof *lower, CONSTANT | OPAQUE);
    pl_constant((u64)(*lower - 128), 384 * sizeof **lower, CONSTANT | OPAQUE);
    pl_constant((u64)upper, sizeof *upper, CONSTANT | OPAQUE);
    pl_constant((u64)(*upper - 128), 384 * sizeof **upper, CONSTANT | OPAQUE);
    pl_constant((u64)&error_number, sizeof error_number, WRITABLE | OPAQUE);
}

/* Numbers taken apart. */
#include <math.h>
double pl_frexp(double x, int *exponent) { WRITES_TO(exponent, sizeof *exponent); return frexp(x, exponent); }
float pl_frexpf(float x, int *exponent) { WRITES_TO(exponent, sizeof *exponent); return frexpf(x, exponent); }
double pl_modf(double x, double *whole) { WRITES_TO(whole, sizeof *whole); return modf(x, whole); }
float pl_modff(float x, float *whole) { WRITES_TO(whole, sizeof *whole); return modff(x, whole); }
void pl_sincos(double x, double *s, double *c) { WRITES_TO(s, sizeof *s); WRITES_TO(c, sizeof *c); sincos(x, s, c); }
void pl_sincosf(float x, float *s, float *c) { WRITES_TO(s, sizeof *s); WRITES_TO(c, sizeof *c); sincosf(x, s, c); }
