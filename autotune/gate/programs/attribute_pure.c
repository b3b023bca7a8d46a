/* Functions declared pure, const, malloc, nonnull or returning twice the same, and used as such. */
#include "program.h"

static int setting = 3, calls;

__attribute__((const, noinline)) static int squared(int x) { return x * x; }
__attribute__((pure, noinline)) static int scaled(int x) { return x * setting; }
__attribute__((pure, noinline)) static int count(const char *s, char c) {
  int n = 0;
  for (; *s; s++) n += *s == c;
  return n;
}
__attribute__((malloc, noinline)) static int *fresh(int n) {
  int *p = malloc((size_t)n * sizeof *p);
  for (int i = 0; i < n; i++) p[i] = n - i;
  return p;
}
__attribute__((nonnull, noinline)) static int first(const int *p) {
  return *p;
}
__attribute__((returns_nonnull, noinline)) static int *same(int *p) { return p; }
__attribute__((cold, noinline)) static int rare(int x) { return ++calls * 100 + x; }
KEEP static int around(int x) {
  int a = scaled(x);
  setting = x;
  int b = scaled(x); /* not the same: setting has changed */
  int c = squared(x) - squared(x);
  return a * 1000 + b * 10 + c;
}
KEEP static int text(char *s) {
  int before = count(s, 'a');
  s[1] = 'a';
  return count(s, 'a') * 10 + before;
}
KEEP static int separate(int n) {
  int *p = fresh(n), *q = fresh(n);
  p[0] = 100;
  int result = q[0] * 1000 + p[0] + first(same(q));
  free(p);
  free(q);
  return result;
}
KEEP static int likely(int x) {
  if (__builtin_expect(x > 3, 0)) return rare(x);
  if (__builtin_expect(x == 0, 1)) return 5;
  if (x < 0) return -1;
  return scaled(x);
}

int main(void) {
  char word[] = "banana";
  word[1] = (char)in('x');
  out("around", around(in(7)));
  out("text", text(word));
  out("separate", separate(in(4)));
  for (int x = -1; x < 6; x += 2) out("likely", likely(in(x)));
  out("likely", likely(in(0)) + calls * 1000);
}
