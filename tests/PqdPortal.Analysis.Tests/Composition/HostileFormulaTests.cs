using PqdPortal.Analysis.Composition;

namespace PqdPortal.Analysis.Tests.Composition;

/// <summary>Texts that nobody means as a formula: each is answered.</summary>
public class HostileFormulaTests
{
    public static TheoryData<string, string> Texts
    {
        get
        {
            var texts = new Dictionary<string, string>
            {
                ["long word"] = new('A', 100_000),
                ["long small word"] = new('x', 100_000),
                ["long formula"] = string.Concat(Enumerable.Repeat("CsPbBr3", 15_000)),
                ["long digits"] = "Cs" + new string('9', 100_000) + "PbBr3",
                ["400 digits"] = "Cs" + new string('9', 400) + "PbBr3",
                ["400 decimals"] = "Cs0." + new string('3', 399) + "PbBr3",
                ["deep"] = new string('(', 10_000) + "CsPbBr3" + new string(')', 10_000),
                ["deep with amounts"] = new string('(', 10_000) + "CsPbBr3" + string.Concat(Enumerable.Repeat(")0.5", 10_000)),
                ["deep back and forth"] = new string('(', 8_000) + string.Concat(IonTable.Ions.Select(ion => ion.Name)) + string.Concat(Enumerable.Repeat(")2)0.5", 4_000)),
                ["deep open"] = new string('[', 100_000),
                ["deep closed"] = new string(']', 100_000),
                ["pairs"] = string.Concat(Enumerable.Repeat("(Cs)", 25_000)),
                ["long numbers"] = string.Concat(Enumerable.Repeat("Cs0." + new string('7', 390), 250)) + "PbBr3",
                ["nested long numbers"] = string.Concat(Enumerable.Repeat("(", 250)) + "CsPbBr3" + string.Concat(Enumerable.Repeat(")1." + new string('7', 390), 250)),
                // Amounts as long as they may be, carried through every bracket: what a bound of 900 digits let run for half a second.
                ["carried long numbers"] = new string('(', 12_000) + string.Concat(IonTable.Ions.Take(20).Select(ion => ion.Name + "0." + new string('7', 398))) + string.Concat(Enumerable.Repeat(")1.5", 60)) + string.Concat(Enumerable.Repeat(")", 11_940)),
                ["long numbers of every ion"] = string.Concat(Enumerable.Repeat(string.Concat(IonTable.Ions.Take(10).Select(ion => ion.Name + new string('8', 390) + "." + new string('7', 9))), 24)),
                ["zeros"] = "Cs0Pb0Br0",
                ["huge"] = "Cs1Pb" + new string('9', 300) + "Br3",
                ["commas"] = "CsPbBr3" + new string(',', 100_000),
                ["assignments"] = "CsPbBr3-xClx" + string.Concat(Enumerable.Repeat(",x=0.1", 16_000)),
                ["colons"] = new string(':', 100_000),
                ["minus"] = "CsPbBr3" + string.Concat(Enumerable.Repeat("-0.1", 20_000)),
                ["dots"] = "Cs" + new string('.', 100_000),
                ["NUL"] = "Cs\0PbBr3",
                ["half a character"] = "Cs\uD83DPbBr3",
                ["other half"] = "CsPbBr3\uDE00",
                ["right to left"] = "\u202ECsPbBr3\u202C",
                ["Hebrew"] = "שלוםPbBr3",
                ["spaces"] = new string(' ', 100_000) + "CsPbBr3",
                ["molecules"] = string.Concat(Enumerable.Repeat("CH3NH3", 16_000)) + "PbI3",
                ["almost molecules"] = string.Concat(Enumerable.Repeat("NH2CH=NH", 12_000)),
                ["emoji"] = string.Concat(Enumerable.Repeat("😀", 50_000)),
                ["Cyrillic"] = string.Concat(Enumerable.Repeat("Сs", 50_000)),
                ["far too long"] = new('(', 1_000_000),
            };
            var data = new TheoryData<string, string>();
            foreach (var (name, text) in texts) data.Add(name, text);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Texts), DisableDiscoveryEnumeration = true)]
    public void Every_text_is_answered(string name, string text)
    {
        var reading = CompositionParser.Read(text);

        Assert.True(reading.Formula is not null || reading.Messages.Count is > 0 and < 20, name);
        Assert.Equal(reading.Formula is null, reading.Messages.Any(message => message.IsFailure));
    }

    [Theory]
    [MemberData(nameof(Texts), DisableDiscoveryEnumeration = true)]
    public void The_work_for_a_text_is_bounded_by_its_length(string name, string text)
    {
        CompositionParser.Read(text);
        var before = GC.GetAllocatedBytesForCurrentThread();

        CompositionParser.Read(text);

        // Memory asked for stands for the work: it is the same on every machine. What it may cost is a kilobyte for a character.
        var spent = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(spent < 20_000 + 1000L * Math.Min(text.Length, CompositionParser.LongestText), $"{name}: {spent} bytes for {text.Length} characters");
    }

    [Fact]
    public void Ten_thousand_brackets_are_read_and_not_only_survived() =>
        Assert.Equal("CsPbBr3", CompositionParser.Formula(new string('(', 10_000) + "CsPbBr3" + new string(')', 10_000)).Canonical);

    [Fact]
    public void Four_hundred_decimals_are_read_exactly()
    {
        var third = new string('3', 399);

        Assert.Equal("Cs0.3333FA0.6667PbBr3", CompositionParser.Formula($"Cs0.{third}FA0.{third.Replace('3', '6')}PbBr3").Canonical);
    }
}
