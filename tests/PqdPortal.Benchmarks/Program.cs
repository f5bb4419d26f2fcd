using System.Globalization;
using BenchmarkDotNet.Running;
using PqdPortal.Benchmarks;

// native [PHOTONS] [ROUNDS] and changes [PHOTONS] [ROUNDS]: beside the plain loop in C++; day ANALYSIS [PHOTONS] [HOURS]: a long run drawn in memory; anything else goes to BenchmarkDotNet.
if (args is ["native", .. var numbers])
    return NativeComparison.Run(
        numbers.Length > 0 ? int.Parse(numbers[0], CultureInfo.InvariantCulture) : 10_000_000,
        numbers.Length > 1 ? int.Parse(numbers[1], CultureInfo.InvariantCulture) : 5);
// trace [PHOTONS] [HOURS] [FOLDER]: a long file's trace at every zoom.
if (args is ["trace", .. var sizes])
    return TraceZoom.Run(
        sizes.Length > 0 ? long.Parse(sizes[0], CultureInfo.InvariantCulture) : 1_000_000_000,
        sizes.Length > 1 ? double.Parse(sizes[1], CultureInfo.InvariantCulture) : 24,
        sizes.Length > 2 ? sizes[2] : Path.GetTempPath());
if (args is ["day", var analysis, .. var size])
    return LongRun.Run(
        analysis, size.Length > 0 ? long.Parse(size[0], CultureInfo.InvariantCulture) : 1_000_000_000,
        size.Length > 1 ? double.Parse(size[1], CultureInfo.InvariantCulture) : 24);
if (args is ["changes", .. var counts])
    return ChangePointComparison.Run(
        counts.Length > 0 ? int.Parse(counts[0], CultureInfo.InvariantCulture) : 3_000_000,
        counts.Length > 1 ? int.Parse(counts[1], CultureInfo.InvariantCulture) : 5);
// formulas [COUNT] [SEED]: which texts take longest to read as a formula.
if (args is ["formulas", .. var drawn])
    return HostileFormulas.Run(
        drawn.Length > 0 ? int.Parse(drawn[0], CultureInfo.InvariantCulture) : 5_000,
        drawn.Length > 1 ? int.Parse(drawn[1], CultureInfo.InvariantCulture) : 1);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
