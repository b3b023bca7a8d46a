// form: clang. Locals that handlers change while a loop goes on: memory with edges that only exceptions take.
#include "program.h"

static int limit = 4;

KEEP static int risky(int x) {
  if (x % limit == limit - 1) throw x;
  return x * 2;
}
KEEP static int retried(int good_after) {
  int tries = 0, failed = 0;
  for (;;) {
    try {
      if (++tries < good_after) throw tries;
      return tries * 100 + failed;
    } catch (int t) {
      failed += t;
    }
  }
}
KEEP static int summed(int n) {
  int good = 0, bad = 0, last = -1;
  for (int i = 0; i < n; i++) {
    try {
      good += risky(i);
      last = i;
    } catch (int x) {
      bad = bad * 10 + x;
      if (bad > 1000) break;
    }
  }
  return good * 10000 + bad * 10 + last;
}
KEEP static int nested(int n) {
  int depth = 0, seen = 0;
  while (n > 0) {
    try {
      depth++;
      try {
        seen += risky(n);
      } catch (int x) {
        seen -= x;
        if (x > 6) throw;
      }
      n -= 2;
    } catch (...) {
      depth += 10;
      n--;
    }
  }
  return seen * 1000 + depth;
}
KEEP static int flagged(const char *text) {
  bool quoted = false;
  int count = 0, errors = 0;
  for (; *text; text++) {
    try {
      if (*text == '"') quoted = !quoted;
      else if (*text == '!' && !quoted) throw *text;
      else if (*text == '?') throw 1;
      count += quoted ? 10 : 1;
    } catch (char) {
      errors++;
      quoted = true;
    } catch (int) {
      errors += 100;
      count = -count;
    }
  }
  return count * 1000 + errors;
}

int main() {
  for (int n = 1; n < 6; n += 2) out("retried", retried(in(n)));
  out("summed", summed(in(9)));
  limit = in(3);
  out("summed", summed(in(20)));
  out("nested", nested(in(9)));
  out("flagged", flagged("a!b\"c!d\"e?f!"));
}
