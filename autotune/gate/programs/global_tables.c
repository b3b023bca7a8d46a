/* Constant tables: of structs, of pointers, of pointers into each other, equal ones that may merge. */
#include "program.h"

struct entry { const char *name; int code; const struct entry *next; };
static const struct entry entries[] = {{"red", 1, &entries[2]}, {"green", 2, &entries[0]}, {"blue", 4, NULL}, {"", -1, &entries[1]}};
static const int first[] = {1, 2, 3, 4}, second[] = {1, 2, 3, 4};
static int writable[] = {1, 2, 3, 4};
static const unsigned char steps[][3] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
static const unsigned char *const rows[] = {steps[2], steps[0], steps[1]};
static const double weights[] = {0.5, -1.5, 1e10};
static const long offsets[] = {(long)sizeof(struct entry), -1, 1L << 40};
static const char words[] = "alpha\0beta\0gamma\0";

KEEP static int follow(int from, int *steps_taken) {
  int sum = 0;
  for (const struct entry *e = &entries[from]; e; e = e->next, ++*steps_taken) sum = sum * 3 + e->code + (int)strlen(e->name);
  return sum;
}
KEEP static int sum(const int *p, unsigned n) {
  int total = 0;
  while (n-- > 0) total = total * 10 + p[n];
  return total;
}
KEEP static const char *word(int n) {
  const char *p = words;
  while (n-- > 0 && *p) p += strlen(p) + 1;
  return p;
}
KEEP static int row(unsigned i, unsigned k) { return rows[i % 3][k % 3]; }

int main(void) {
  for (int i = 0; i < 4; i++) {
    int taken = 0;
    int total = follow(in(i), &taken);
    out("follow", total * 10 + taken);
  }
  writable[in(2)] = 9;
  out("sums", sum(first, in_u(4)) + sum(second, in_u(3)) + sum(writable, in_u(4)));
  for (int n = 0; n < 5; n++) printf("%s,", word(in(n)));
  for (unsigned i = 0; i < 6; i++) printf(" %d", row(in_u(i), in_u(i / 2)));
  out_d(" weights", weights[in(1)] * weights[in(2)]);
  out("offsets", offsets[in(2)] / offsets[in(1)]);
}
