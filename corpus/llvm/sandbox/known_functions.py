"""Library functions that the harness gives their real meaning, since LLVM knows it.

LLVM rewrites calls of these (llvm/lib/Transforms/Utils/SimplifyLibCalls.cpp, MemoryBuiltins.cpp):
what stands in for them must do what it believes. Of others that it knows it believes attributes
only, which `inferattrs` writes into their declarations.
"""

_SAME_NAME = (
    "memcpy", "mempcpy", "memmove", "bcopy", "memset", "bzero", "memcmp", "bcmp", "memchr",
    "memrchr", "memccpy", "malloc", "aligned_alloc", "posix_memalign", "calloc", "free",
    "realloc", "reallocarray", "strlen", "strnlen", "wcslen", "strcmp", "strcoll",
    "strncmp", "strcasecmp", "strncasecmp", "strcpy", "stpcpy", "strncpy", "stpncpy",
    "strcat", "strncat", "strlcpy", "strlcat", "strchr", "strrchr", "strstr", "strpbrk",
    "strspn", "strcspn", "strtok", "strtok_r", "strdup", "strndup", "atoi", "atol", "atof",
    "strtol", "strtoul", "strtod", "strtof", "strtold", "printf", "vprintf", "fprintf",
    "vfprintf", "sprintf", "vsprintf", "snprintf", "vsnprintf", "fputc", "putchar",
    "fputs", "puts", "fwrite", "exit", "abort", "isalnum", "isalpha", "iscntrl", "isdigit",
    "isgraph", "islower", "isprint", "ispunct", "isspace", "isupper", "isxdigit",
    "isblank", "isascii", "toascii", "tolower", "toupper", "abs", "labs", "ffs", "ffsl",
    "frexp", "frexpf", "modf", "modff", "sincos", "sincosf",
)  # fmt: skip

_OTHER_NAME = {
    "putc": "fputc", "_IO_putc": "fputc", "fputc_unlocked": "fputc", "putc_unlocked": "fputc",
    "putchar_unlocked": "putchar", "fputs_unlocked": "fputs", "fwrite_unlocked": "fwrite",
    "atoll": "atol", "strtoll": "strtol", "strtoull": "strtoul", "llabs": "labs", "ffsll": "ffsl",
    "__strdup": "strdup", "__strndup": "strndup", "__strtok_r": "strtok_r",
    "__isoc23_strtol": "strtol", "__isoc23_strtoul": "strtoul",
    "__isoc23_strtoll": "strtol", "__isoc23_strtoull": "strtoul",
    "_Exit": "exit", "_exit": "exit", "memalign": "aligned_alloc", "valloc": "malloc",
    # The checks of _FORTIFY_SOURCE: a size that is too small is undefined before it aborts.
    "__memcpy_chk": "memcpy", "__memmove_chk": "memmove", "__memset_chk": "memset",
    "__mempcpy_chk": "mempcpy", "__strcpy_chk": "strcpy", "__stpcpy_chk": "stpcpy",
    "__strncpy_chk": "strncpy", "__stpncpy_chk": "stpncpy", "__strcat_chk": "strcat",
    "__strncat_chk": "strncat", "__strlen_chk": "strlen", "__memccpy_chk": "memccpy",
    "__errno_location": "errno_location",
    "_Znwm": "new", "_Znam": "new", "_ZnwmRKSt9nothrow_t": "new", "_ZnamRKSt9nothrow_t": "new",
    "_ZnwmSt11align_val_t": "new_aligned", "_ZnamSt11align_val_t": "new_aligned",
    "_ZdlPv": "delete", "_ZdaPv": "delete", "_ZdlPvm": "delete", "_ZdaPvm": "delete",
    "_ZdlPvRKSt9nothrow_t": "delete", "_ZdaPvRKSt9nothrow_t": "delete",
    "_ZdlPvSt11align_val_t": "delete", "_ZdaPvSt11align_val_t": "delete",
    "_ZdlPvmSt11align_val_t": "delete", "_ZdaPvmSt11align_val_t": "delete",
    "_ZSt9terminatev": "abort",
}  # fmt: skip

KNOWN: dict[str, str] = {name: f"pl_{name}" for name in _SAME_NAME} | {
    name: f"pl_{same}" for name, same in _OTHER_NAME.items()
}
"""Function → what the harness exports for it."""

_NUMBER_FUNCTIONS = (
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "copysign",
    "cos", "cosh", "erf", "exp", "exp10", "exp2", "expm1", "fabs", "fdim", "floor", "fmax",
    "fmin", "fmod", "hypot", "ldexp", "log", "log10", "log1p", "log2", "logb", "nearbyint",
    "nextafter", "pow", "remainder", "rint", "round", "roundeven", "scalbn", "scalbln",
    "sin", "sinh", "sqrt", "tan", "tanh", "tgamma", "trunc", "ilogb", "fma",
)  # fmt: skip

NUMBER_FUNCTIONS = frozenset(
    name + suffix for name in _NUMBER_FUNCTIONS for suffix in ("", "f", "l")
)
"""Pure functions of numbers: those of the C library itself."""

TABLES = frozenset({"__ctype_b_loc", "__ctype_tolower_loc", "__ctype_toupper_loc"})
"""Functions of the C library that return tables of its own."""

RUNTIME = (
    *("memcpy", "memmove", "memset", "memcmp", "bcmp", "bzero", "strlen", "_Unwind_Resume"),
    *(f"__{name}" for name in (
        "divti3", "udivti3", "modti3", "umodti3", "multi3", "muloti4", "powidf2", "powisf2",
        "fixunsdfti", "fixdfti", "fixunssfti", "fixsfti", "floattidf", "floattisf", "floatuntidf",
        "floatuntisf", "extendhfsf2", "truncsfhf2", "truncdfhf2", "extenddftf2", "trunctfdf2",
        "addtf3", "subtf3", "multf3", "divtf3", "mulsc3", "muldc3", "divsc3", "divdc3", "mulxc3",
        "divxc3", "popcountdi2", "extendsftf2", "trunctfsf2", "fixtfsi", "floatsitf", "eqtf2",
        "netf2", "lttf2", "letf2", "gttf2", "getf2", "unordtf2", "extendxftf2", "trunctfxf2",
    )),
)  # fmt: skip
"""What code generation calls by itself."""

UNMODELLED = frozenset((
    "memset_pattern4", "memset_pattern8", "memset_pattern16", "strxfrm", "remquo",
    "remquof", "remquol", "sincosl", "frexpl", "modfl", "sincospi", "__sincospi_stret",
    "__sincospif_stret", "cabs", "cabsf", "cabsl", "nan", "nanf", "nanl", "__sprintf_chk",
    "__snprintf_chk", "__vsprintf_chk", "__vsnprintf_chk", "__strlcpy_chk",
    "__strlcat_chk", "fiprintf", "iprintf", "siprintf", "__small_printf",
    "__small_fprintf", "__small_sprintf", "__size_returning_new", "sscanf", "vsscanf",
    "pvalloc", "reallocf", "vec_malloc", "vec_calloc", "vec_realloc", "vec_free",
    "__kmpc_alloc_shared", "__kmpc_free_shared", "__nvvm_reflect", "__atomic_load",
    "__atomic_store",
))  # fmt: skip
"""Functions whose meaning LLVM uses and that nothing here gives a meaning."""
