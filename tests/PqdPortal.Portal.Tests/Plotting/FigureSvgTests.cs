using System.Xml.Linq;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Portal.Tests.Plotting;

public class FigureSvgTests
{
    static XDocument Drawn(Figure figure) => XDocument.Parse(FigureSvg.Text(figure));

    static double?[] Line(int n, Func<int, double?> value) => [.. Enumerable.Range(0, n).Select(value)];

    [Fact]
    public void A_drawing_has_its_axes_its_level_in_words_and_its_names()
    {
        var figure = Figure.Of("Photon <correlation>").X("delay τ", "ns", Line(101, i => i - 50)).Y("g2(τ)", fromZero: true)
            .Steps("data", Line(101, i => 1), Line(101, i => 0.1)).Line("fit", Line(101, i => 1)).Level("0.5: below it a single emitter", 0.5)
            .Residuals(Line(101, i => i % 2 - 0.5));

        var words = Drawn(figure).Descendants().Where(one => one.Name.LocalName == "text").Select(one => one.Value).ToList();

        Assert.Contains("delay τ (ns)", words);
        Assert.Contains("g2(τ)", words);
        Assert.Contains("residual (σ)", words);
        Assert.Contains("0.5: below it a single emitter", words);
        Assert.Contains("data", words);
        Assert.Contains("fit", words);
    }

    [Fact]
    public void Nothing_is_drawn_outside_the_paper_and_no_number_is_lost_to_nan()
    {
        var figure = Figure.Of("odd").X("x", "", Line(5000, i => Math.Pow(10, i / 1000.0)), log: true).Y("y")
            .Steps("data", Line(5000, i => i % 97 == 0 ? null : Math.Sin(i)), Line(5000, i => 0.2)).Points("points", Line(5000, i => i == 7 ? double.NaN : 0));

        var text = FigureSvg.Text(figure);

        Assert.DoesNotContain("NaN", text);
        Assert.DoesNotContain("Infinity", text);
        foreach (var path in XDocument.Parse(text).Descendants().Where(one => one.Name.LocalName == "path").Select(one => one.Attribute("d")!.Value))
            foreach (var pair in path.Split(['M', 'L', 'Z'], StringSplitOptions.RemoveEmptyEntries).Where(pair => !pair.Any(char.IsLetter)))
            {
                var at = pair.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => double.Parse(n, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
                Assert.InRange(at[0], 0, 720);
                Assert.InRange(at[1], 0, 480);
            }
    }

    [Fact]
    public void A_figure_without_values_is_still_a_drawing() =>
        Assert.NotNull(Drawn(Figure.Of("empty").X("x", "", []).Y("y").Points("none", [])).Root);
}
