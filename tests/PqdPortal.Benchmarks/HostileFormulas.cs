using System.Diagnostics;
using System.Globalization;
using System.Text;
using PqdPortal.Analysis.Composition;

namespace PqdPortal.Benchmarks;

/// <summary>
/// Which texts of up to 100 000 characters take longest to read as a formula? Guards the bounds of amounts in <see cref="CompositionParser"/>:
/// every text is to be answered within 50 ms, whatever stands in it.
/// </summary>
static class HostileFormulas
{
    const int Longest = 100_000;

    static readonly string[] Pieces =
    [
        "(", ")", "[", "]", "((", "))", ")2", ")0.5", "]0.3333", ")x", "x", "y", "1-x", "-", ".", ",", ";", ":", "x=0.2", "y=0.1", "0", "0.0001", "99999",
        "Cs", "FA", "MA", "PEA", "Rb", "Pb", "Sn", "Bi", "Ag", "I", "Br", "Cl", "F", "CH3NH3", "CH(NH2)2", "CsPbBr3", "Zn:", "Сs", "РЬ", "😀", " ", "\u200b", "\u202e", "₃", "Q", "cs", "pb", "NH2CH=NH",
    ];

    public static int Run(int count, int seed)
    {
        var random = new Random(seed);
        var slowest = new List<(double Time, int Length, string Begin)>();
        CompositionParser.Read("Cs0.2FA0.8PbBr3");
        for (var n = 0; n < count; n++)
        {
            var text = Draw(random);
            var clock = Stopwatch.StartNew();
            CompositionParser.Read(text);
            slowest.Add((clock.Elapsed.TotalMilliseconds, text.Length, text));
            if (slowest.Count > 200) slowest = [.. slowest.OrderByDescending(one => one.Time).Take(8)];
        }
        foreach (var (time, length, text) in slowest.OrderByDescending(one => one.Time).Take(8))
        {
            // Again, with everything compiled and the memory warm: what a text costs, not what came in between.
            var best = double.MaxValue;
            for (var round = 0; round < 5; round++)
            {
                var clock = Stopwatch.StartNew();
                CompositionParser.Read(text);
                best = Math.Min(best, clock.Elapsed.TotalMilliseconds);
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time:F1} ms, again {best:F1} ms, {length} characters: {text[..Math.Min(60, text.Length)]}"));
        }
        return 0;
    }

    /// <summary>A few pieces again and again, a number of many digits among them now and then: long texts of one kind are the slow ones.</summary>
    static string Draw(Random random)
    {
        var unit = new StringBuilder();
        for (var piece = random.Next(1, 7); piece > 0; piece--)
            unit.Append(random.Next(5) == 0 ? Number(random) : Pieces[random.Next(Pieces.Length)]);
        var other = new StringBuilder();
        for (var piece = random.Next(0, 4); piece > 0; piece--)
            other.Append(random.Next(4) == 0 ? Number(random) : Pieces[random.Next(Pieces.Length)]);
        var length = random.Next(2) == 0 ? Longest : random.Next(10, Longest);
        var text = new StringBuilder(length + 1000);
        var split = random.NextDouble();
        while (text.Length < length * split) text.Append(unit);
        text.Append("CsPbBr3");
        while (text.Length < length && other.Length > 0) text.Append(other);
        return text.Length > Longest ? text.ToString(0, Longest) : text.ToString();
    }

    static string Number(Random random)
    {
        var digits = random.Next(3) == 0 ? random.Next(380, 401) : random.Next(1, 400);
        var number = string.Create(digits, random, (to, from) => { foreach (ref var digit in to) digit = (char)('0' + from.Next(10)); });
        return random.Next(3) switch { 0 => number, 1 => "0." + number[..Math.Min(398, number.Length)], _ => number.Insert(random.Next(number.Length), ".") };
    }
}
