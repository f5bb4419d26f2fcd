using System.Globalization;
using BenchmarkDotNet.Running;
using PqdPortal.Benchmarks;

// native [PHOTONS] [ROUNDS]: beside the plain loop in C++; anything else goes to BenchmarkDotNet.
if (args is ["native", .. var numbers])
    return NativeComparison.Run(
        numbers.Length > 0 ? int.Parse(numbers[0], CultureInfo.InvariantCulture) : 10_000_000,
        numbers.Length > 1 ? int.Parse(numbers[1], CultureInfo.InvariantCulture) : 5);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
