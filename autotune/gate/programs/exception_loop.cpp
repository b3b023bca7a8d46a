// form: clang. Exceptions in loops: caught and gone on, used to leave several loops, state kept across.
#include "program.h"

struct stop { int at; };
static int depth;

KEEP static int parse(const char *text, int i) {
  char c = text[i];
  if (c == 0) throw stop{i};
  if (c < '0' || c > '9') throw c;
  return c - '0';
}
KEEP static int sum(const char *text) {
  int total = 0, skipped = 0, i = 0;
  try {
    for (;; i++) {
      try {
        total = total * 3 + parse(text, i);
      } catch (char c) {
        if (c == '!') break;
        skipped += c == '-' ? 100 : 1;
        continue;
      }
      if (total > 5000) throw stop{-1};
    }
    total += 100000;
  } catch (const stop &s) {
    total += s.at;
  }
  return total * 10 + skipped % 10 + i;
}
KEEP static int search(int n, int wanted) {
  int tried = 0;
  try {
    for (int i = 0; i < n; i++)
      for (int k = 0; k < n; k++)
        for (int m = 0; m < n; m++, tried++)
          if (i * 49 + k * 7 + m == wanted) throw stop{i * 100 + k * 10 + m};
  } catch (stop s) {
    return s.at * 1000 + tried;
  }
  return -tried;
}
KEEP static int recursive(int n) {
  struct level { level() { depth++; } ~level() { depth--; } } here;
  if (n == 0) throw depth;
  try {
    return recursive(n - 1);
  } catch (int d) {
    if (n % 2) throw d + n;
    throw;
  }
}
KEEP static int retry(int good_after) {
  int tries = 0, failed = 0;
  while (true) {
    try {
      if (++tries < good_after) throw tries;
      return tries * 100 + failed;
    } catch (int t) {
      failed += t;
    }
  }
}

int main() {
  out("sum", sum("12a3-4"));
  out("sum", sum("99999999"));
  out("sum", sum("x1!2"));
  out("search", search(in(5), in(120)));
  out("search", search(in(3), in(120)));
  try {
    out("never", recursive(in(5)));
  } catch (int d) {
    out("recursive", d * 10 + depth);
  }
  out("retry", retry(in(5)));
}
