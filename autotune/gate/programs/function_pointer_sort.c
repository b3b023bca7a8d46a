/* qsort and bsearch of the library with comparators of ours: callbacks from code we do not see. */
#include "program.h"

static int compared, reverse;

static int by_value(const void *a, const void *b) {
  int x = *(const int *)a, y = *(const int *)b;
  compared++;
  return reverse ? (x < y) - (x > y) : (x > y) - (x < y);
}
struct person { char name[8]; int age; };
static int by_age_then_name(const void *a, const void *b) {
  const struct person *p = a, *q = b;
  return p->age != q->age ? p->age - q->age : strcmp(p->name, q->name);
}
static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

KEEP static uint32_t sorted(int *v, int n, int down) {
  reverse = down;
  qsort(v, (size_t)n, sizeof *v, by_value);
  uint32_t hash = 1;
  for (int i = 0; i < n; i++) hash = mix(hash, (uint32_t)v[i]);
  return hash;
}
KEEP static long find(const int *v, int n, int key) {
  reverse = 0;
  const int *p = bsearch(&key, v, (size_t)n, sizeof *v, by_value);
  return p ? p - v : -1;
}

int main(void) {
  int v[] = {5, -3, 12, 0, 7, 7, -2147483647, 2147483647, 1};
  out("down", sorted(v, in(9), in(1)));
  out("up", sorted(v, in(9), in(0)));
  out("compared", compared > 10);
  out("find", find(v, in(9), in(12)) * 10 + find(v, in(9), in(4)));
  struct person people[] = {{"dora", 30}, {"carl", 25}, {"anna", 30}, {"bob", 25}};
  qsort(people, 4, sizeof *people, by_age_then_name);
  for (int i = 0; i < 4; i++) printf("%s ", people[i].name);
  const char *names[] = {"pear", "fig", "apple", "figs"};
  qsort(names, 4, sizeof *names, by_text);
  for (int i = 0; i < 4; i++) printf("%s ", names[i]);
  putchar('\n');
}
