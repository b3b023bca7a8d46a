/* Functions that every measuring path must agree on, and that benchmarks run on.
 *
 * Written for this purpose: small real tasks, each of another shape (arithmetic, memory, loops,
 * switches, tables, strings, structs by value, floating point, recursion, calls, variable
 * arguments, bit-fields). `python -m corpus.golden` compiles them into golden.ll.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct point { int x, y; };
struct span { const char *start; size_t length; };
struct node { struct node *next; int key; long value; };
struct flags { unsigned ready : 1; unsigned level : 3; int delta : 6; };
struct matrix { double at[3][3]; };

static int counter;
int threshold = 40;
static const unsigned char weights[16] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3};
static const char *const weekdays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
const int primes[8] = {2, 3, 5, 7, 11, 13, 17, 19};

int sign(int x) { return x < 0 ? -1 : x > 0; }

unsigned average(unsigned a, unsigned b) { return (a & b) + ((a ^ b) >> 1); }

int clamp(int x, int low, int high) {
  if (x < low)
    return low;
  if (x > high)
    return high;
  return x;
}

int is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in_month(int month, int year) {
  switch (month) {
  case 2:
    return is_leap(year) ? 29 : 28;
  case 4:
  case 6:
  case 9:
  case 11:
    return 30;
  default:
    return 31;
  }
}

const char *weekday(int day) { return day < 0 ? "?" : weekdays[day % 7]; }

const char *describe(int code) {
  switch (code) {
  case 0: return "fine";
  case 1: return "retry";
  case 2: return "gone";
  case 3: return "denied";
  case 7: return "broken";
  default: return "unknown";
  }
}

int count_call(void) { return ++counter; }

void reset_if_over(int limit) {
  if (counter > limit || counter > threshold)
    counter = 0;
}

struct point mirror(struct point p) {
  struct point q = {p.y, p.x};
  return q;
}

long dot(const struct point *a, const struct point *b) {
  return (long)a->x * b->x + (long)a->y * b->y;
}

int sum(const int *values, int count) {
  int total = 0;
  for (int i = 0; i < count; i++)
    total += values[i];
  return total;
}

int largest(const int *values, int count) {
  int best = values[0];
  for (int i = 1; i < count; i++)
    if (values[i] > best)
      best = values[i];
  return best;
}

void reverse(char *text, size_t length) {
  for (size_t i = 0, j = length; i + 1 < j; i++) {
    char kept = text[i];
    text[i] = text[--j];
    text[j] = kept;
  }
}

size_t copy_lower(char *to, const char *from, size_t room) {
  size_t i = 0;
  while (from[i] && i + 1 < room) {
    to[i] = (char)tolower((unsigned char)from[i]);
    i++;
  }
  if (room)
    to[i] = 0;
  return i;
}

struct span next_word(const char *text) {
  struct span word = {0, 0};
  while (*text == ' ' || *text == '\t')
    text++;
  word.start = text;
  while (*text && *text != ' ' && *text != '\t')
    text++;
  word.length = (size_t)(text - word.start);
  return word;
}

unsigned weighted(const unsigned char *bytes, unsigned count) {
  unsigned total = 0;
  for (unsigned i = 0; i < count; i++)
    total += bytes[i] * weights[i & 15];
  return total;
}

uint32_t checksum(const uint8_t *bytes, size_t count) {
  uint32_t low = 1, high = 0;
  while (count--) {
    low = (low + *bytes++) % 65521;
    high = (high + low) % 65521;
  }
  return high << 16 | low;
}

uint32_t hash_text(const char *text) {
  uint32_t h = 2166136261u;
  for (; *text; text++) {
    h ^= (uint8_t)*text;
    h *= 16777619u;
  }
  return h;
}

int bits_set(uint64_t word) {
  int count = 0;
  while (word) {
    word &= word - 1;
    count++;
  }
  return count;
}

uint32_t swap_bytes(uint32_t x) {
  return x >> 24 | (x >> 8 & 0xff00) | (x << 8 & 0xff0000) | x << 24;
}

int update_flags(struct flags *f, int step) {
  f->ready = step > 0;
  f->level = f->level + 1;
  f->delta = f->delta - step;
  return f->ready ? f->delta : -1;
}

long find(const struct node *list, int key) {
  for (; list; list = list->next)
    if (list->key == key)
      return list->value;
  return -1;
}

struct node *insert_sorted(struct node *list, struct node *added) {
  struct node **place = &list;
  while (*place && (*place)->key < added->key)
    place = &(*place)->next;
  added->next = *place;
  *place = added;
  return list;
}

void free_list(struct node *list) {
  while (list) {
    struct node *next = list->next;
    free(list);
    list = next;
  }
}

unsigned long power(unsigned long base, unsigned exponent) {
  unsigned long result = 1;
  while (exponent) {
    if (exponent & 1)
      result *= base;
    base *= base;
    exponent >>= 1;
  }
  return result;
}

unsigned gcd(unsigned a, unsigned b) { return b ? gcd(b, a % b) : a; }

int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

int factor_index(int x) {
  for (int i = 0; i < 8; i++)
    if (x % primes[i] == 0)
      return i;
  return -1;
}

double mean(const double *values, int count) {
  double total = 0;
  for (int i = 0; i < count; i++)
    total += values[i];
  return count ? total / count : 0;
}

double polynomial(double x) { return ((2.0 * x - 3.5) * x + 1.25) * x - 7.0; }

void multiply(struct matrix *to, const struct matrix *a, const struct matrix *b) {
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      double total = 0;
      for (int k = 0; k < 3; k++)
        total += a->at[i][k] * b->at[k][j];
      to->at[i][j] = total;
    }
}

int compare_spans(struct span a, struct span b) {
  size_t shorter = a.length < b.length ? a.length : b.length;
  int order = memcmp(a.start, b.start, shorter);
  if (order)
    return order;
  return a.length < b.length ? -1 : a.length > b.length;
}

int parse_number(const char *text, int *value) {
  int sign = 1, result = 0, digits = 0;
  if (*text == '-') {
    sign = -1;
    text++;
  }
  for (; *text >= '0' && *text <= '9'; text++, digits++) {
    if (result > 214748363)
      return -1;
    result = result * 10 + (*text - '0');
  }
  if (!digits || *text)
    return -2;
  *value = sign * result;
  return 0;
}

int add_all(int count, ...) {
  va_list rest;
  int total = 0;
  va_start(rest, count);
  while (count-- > 0)
    total += va_arg(rest, int);
  va_end(rest);
  return total;
}

int apply_twice(int (*function)(int), int x) { return function(function(x)); }

void bubble_sort(int *values, int count) {
  for (int i = 0; i + 1 < count; i++)
    for (int j = 0; j + 1 < count - i; j++)
      if (values[j] > values[j + 1]) {
        int kept = values[j];
        values[j] = values[j + 1];
        values[j + 1] = kept;
      }
}

int binary_search(const int *values, int count, int wanted) {
  int low = 0, high = count - 1;
  while (low <= high) {
    int middle = low + (high - low) / 2;
    if (values[middle] == wanted)
      return middle;
    if (values[middle] < wanted)
      low = middle + 1;
    else
      high = middle - 1;
  }
  return -1;
}

int utf8_length(const unsigned char *text) {
  int length = 0;
  while (*text) {
    if (*text < 0x80)
      text += 1;
    else if ((*text & 0xe0) == 0xc0 && text[1])
      text += 2;
    else if ((*text & 0xf0) == 0xe0 && text[1] && text[2])
      text += 3;
    else
      return -1;
    length++;
  }
  return length;
}

int tokenize(const char *text, int *kinds, int room) {
  int count = 0;
  for (const char *at = text; *at && count < room; at++) {
    switch (*at) {
    case '+':
    case '-':
      kinds[count++] = 1;
      break;
    case '*':
    case '/':
      kinds[count++] = 2;
      break;
    case '(':
      kinds[count++] = 3;
      break;
    case ')':
      kinds[count++] = 4;
      break;
    case ' ':
      break;
    default:
      if (*at >= '0' && *at <= '9') {
        while (at[1] >= '0' && at[1] <= '9')
          at++;
        kinds[count++] = 5;
      } else {
        return -1;
      }
    }
  }
  return count;
}

int base64_encode(char *to, const unsigned char *from, int count) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char *start = to;
  int i;
  for (i = 0; i + 2 < count; i += 3) {
    *to++ = digits[from[i] >> 2];
    *to++ = digits[(from[i] & 3) << 4 | from[i + 1] >> 4];
    *to++ = digits[(from[i + 1] & 15) << 2 | from[i + 2] >> 6];
    *to++ = digits[from[i + 2] & 63];
  }
  if (i < count) {
    *to++ = digits[from[i] >> 2];
    if (i + 1 < count) {
      *to++ = digits[(from[i] & 3) << 4 | from[i + 1] >> 4];
      *to++ = digits[(from[i + 1] & 15) << 2];
    } else {
      *to++ = digits[(from[i] & 3) << 4];
      *to++ = '=';
    }
    *to++ = '=';
  }
  *to = 0;
  return (int)(to - start);
}

int print_table(const int *values, int rows, int columns) {
  int written = 0;
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < columns; j++)
      written += printf(j ? ", %d" : "%d", values[i * columns + j]);
    written += printf("\n");
  }
  return written;
}

void life_step(unsigned char *next, const unsigned char *cells, int width, int height) {
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      int alive = 0;
      for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++) {
          if (!dx && !dy)
            continue;
          int nx = (x + dx + width) % width, ny = (y + dy + height) % height;
          alive += cells[ny * width + nx];
        }
      next[y * width + x] = alive == 3 || (alive == 2 && cells[y * width + x]);
    }
}
