using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using PqdPortal.Analysis.Composition;

namespace PqdPortal.Analysis.Tests.Composition;

/// <summary>What holds for every formula, tried on thousands that nobody thought of.</summary>
public class CompositionPropertyTests
{
    static readonly string[] Names = [.. IonTable.Ions.Select(ion => ion.Name)];
    static readonly string[] Halides = ["F", "Cl", "Br", "I"];

    static readonly Gen<string> Amount = Gen.OneOf(
        Gen.Constant(""), Gen.Choose(1, 12).Select(n => n.ToString()),
        Gen.Choose(1, 30_000).Select(n => (n / 1e4).ToString("0.####", CultureInfo.InvariantCulture)),
        Gen.Choose(0, 999_999).Select(n => "0." + n.ToString("000000")));

    /// <summary>Amounts that no scale turns into a whole number as rounded at its fourth decimal: with three at most, or with six of which the last is odd.</summary>
    static readonly Gen<string> NeverRounded = Gen.OneOf(
        Gen.Constant(""), Gen.Choose(1, 12).Select(n => n.ToString()),
        Gen.Choose(1, 3_000).Select(n => (n / 1e3).ToString("0.###", CultureInfo.InvariantCulture)),
        Gen.Choose(0, 499_999).Select(n => "0." + (2 * n + 1).ToString("000000")));

    static readonly Gen<string> Item = ItemsOf(Amount);

    static Gen<string> ItemsOf(Gen<string> amounts) => Gen.Elements(Names).SelectMany(name => amounts.Select(amount => name + amount));

    static readonly Gen<string> Group = Item.ListOf().Where(items => items.Count > 0).SelectMany(items => Amount.Select(amount => "(" + string.Concat(items.Take(5)) + ")" + amount));

    static readonly Gen<string> Formulas = Gen.OneOf(Item, Group).ListOf().SelectMany(items => Gen.Elements(Halides)
        .Select(halide => "Cs" + string.Concat(items.Take(8)) + "Pb" + halide + "3"));

    static readonly Gen<PerovskiteFormula> Readable = Formulas.Select(text => CompositionParser.Read(text).Formula).Where(formula => formula is not null).Select(formula => formula!);

    [Fact]
    public void The_canonical_form_of_a_canonical_form_is_itself() =>
        Prop.ForAll(Readable.ToArbitrary(), formula =>
        {
            var again = CompositionParser.Formula(formula.Canonical);
            Assert.Equal(formula.Canonical, again.Canonical);
            Assert.Equal(formula.Class, again.Class);
            Assert.Equal(formula.Key, CompositionParser.Formula(formula.Key).Key);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));

    [Fact]
    public void Order_and_scale_of_writing_do_not_matter() =>
        Prop.ForAll(ItemsOf(NeverRounded).ListOf().Where(items => items.Count > 0).ToArbitrary(), items =>
        {
            if (CompositionParser.Read($"CsPbBr3{string.Concat(items)}").Formula is not { } formula) return;

            // Brackets keep two neighbours from reading as one longer name.
            var backwards = string.Concat(Enumerable.Reverse(items).Select(item => $"({item})")) + "Br3PbCs";
            Assert.Equal(formula.Canonical, CompositionParser.Formula(backwards).Canonical);
            Assert.Equal(formula.Canonical, CompositionParser.Formula($"({backwards})2.5").Canonical);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    /// <summary>Amounts with four decimals may be whole but for their rounding, which another scale does not show: no more than their last digits differ.</summary>
    [Fact]
    public void Another_scale_changes_no_more_than_rounded_amounts_may_be_off() =>
        Prop.ForAll(Item.ListOf().Where(items => items.Count > 0).ToArbitrary(), items =>
        {
            if (CompositionParser.Read($"CsPbBr3{string.Concat(items)}").Formula is not { } formula) return;
            var other = CompositionParser.Formula($"({string.Concat(Enumerable.Reverse(items).Select(item => $"({item})"))}Br3PbCs)2.5");
            Assert.Equal(formula.Class, other.Class);
            Assert.InRange(CompositionDistance.Between(formula, other), 0, 1e-4 * (items.Count + 1));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Theory]
    [InlineData("Cs0.2K0.8Pb0.5Fe0.49997Bi0.00003Br3")]
    [InlineData("CsKPb0.9999Bi0.00002Br3")]
    public void A_trace_that_is_rounded_away_leaves_each_ion_where_it_stands_without_it(string text)
    {
        var formula = CompositionParser.Formula(text);
        Assert.DoesNotContain("Bi", formula.Canonical);
        Assert.Equal(formula.Canonical, CompositionParser.Formula(formula.Canonical).Canonical);
        Assert.Contains(formula.A, one => one.Ion.Name == "K");
    }

    [Theory]
    [InlineData("CsPb0.3333Sn0.3333Ge0.3333Br3", "CsPb0.3333Sn0.3333Ge0.3333Br3")]
    [InlineData("Cs50Pb0.60004Sn0.4Br3.7", "Cs49.998Pb0.6Sn0.4Br3.6999")]
    [InlineData("(Cs50Pb0.60004Sn0.4Br3.7)2.5", "Cs49.998Pb0.6Sn0.4Br3.6999")]
    public void Only_what_was_rounded_is_whole_but_for_rounding(string text, string canonical) => Assert.Equal(canonical, CompositionParser.Formula(text).Canonical);

    [Fact]
    public void The_distance_is_a_metric() =>
        Prop.ForAll(Readable.SelectMany(a => Readable.SelectMany(b => Readable.Select(c => (a, b, c)))).ToArbitrary(), three =>
        {
            var (a, b, c) = three;
            var (ab, bc, ac) = (CompositionDistance.Between(a, b), CompositionDistance.Between(b, c), CompositionDistance.Between(a, c));
            Assert.InRange(ab, 0, 1);
            Assert.Equal(ab, CompositionDistance.Between(b, a), 12);
            Assert.Equal(0, CompositionDistance.Between(a, a), 12);
            Assert.True(ac <= ab + bc + 1e-12, $"{a.Canonical} {b.Canonical} {c.Canonical}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void A_share_is_the_number_that_is_written() =>
        Prop.ForAll(Gen.Choose(1, 9999).ToArbitrary(), n =>
        {
            var text = (n / 10000m).ToString(CultureInfo.InvariantCulture);
            Assert.Equal(double.Parse(text, CultureInfo.InvariantCulture), CompositionParser.Formula($"Cs1-xFAxPbBr3, x={text}").Fractions["FA"]);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Shares_of_a_site_add_up_to_one() =>
        Prop.ForAll(Readable.ToArbitrary(), formula =>
        {
            foreach (var site in new[] { formula.A, formula.B, formula.X, formula.Spacers })
                if (site.Count > 0) Assert.Equal(1, site.Sum(one => one.Fraction), 12);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    /// <summary>Any text at all gets an answer, with every position inside of it.</summary>
    [Fact]
    public void No_text_breaks_it() =>
        Prop.ForAll<string>(text =>
        {
            var reading = CompositionParser.Read(text ?? "");
            Assert.True(reading.Formula is not null || reading.Messages.Count > 0);
            foreach (var message in reading.Messages.Where(message => message.IsFailure))
                Assert.InRange(message.Span!.Value.Start + message.Span.Value.Length, 0, (text ?? "").Length);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
}
