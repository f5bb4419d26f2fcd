using System.Text;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;

namespace PqdPortal.Analysis.Tests.Catalogue;

public class ReportJsonTests
{
    static AnalysisReport Example => new("g2.cw", 1)
    {
        Inputs = [new("file", "dot 3.ptu", "ab12")],
        Parameters = new JsonObject { ["bin_ps"] = 1000.0, ["channels"] = new JsonArray(0, 1), ["irf"] = null },
        Quantities =
        [
            Quantity.Of("g2_0_corr", -0.1 + 0.2, 1.0 / 3, "1") with { N = 5120, Method = "fisher", Flags = ["FIT_POOR"] },
            Quantity.Refused("t2_ns", "ns"),
            new("canonical", null, null, null, null, "text") { Text = "CsPbBr3" },
        ],
        Verdicts = [new("single_emitter", "yes", "g2(0) + 2 sigma = 0.03 is below 0.5")],
        Messages = [new("GAPS", "A gap of 3 µs."), new("x", "y") { Item = "one" }],
        Curves =
        [
            new("g2", new("delay", "ns", [-1, 0, 1]), new("g2", "1", [1, null, 1.1]) { Sigma = [0.1, null, 0.1] })
            {
                Fit = [1, 0.1, 1],
                More = new Dictionary<string, Series> { ["counts"] = new("counts", "1", [10, 0, 11]) },
            },
            new("change_points_s", new("time", "s", [1, 2]), null),
        ],
    };

    [Fact]
    public void A_report_read_back_writes_the_same_bytes()
    {
        var bytes = ReportJson.Bytes(Example, "PqdPortal test");

        Assert.Equal(bytes, ReportJson.Bytes(ReportJson.Read(bytes), "PqdPortal test"));
    }

    [Fact]
    public void A_report_has_the_contract_shape()
    {
        var json = JsonNode.Parse(ReportJson.Bytes(Example, "PqdPortal test"))!;

        Assert.Equal("g2.cw", (string?)json["analysis"]);
        Assert.Equal("ab12", (string?)json["inputs"]![0]!["sha256"]);
        Assert.Equal(0.1, (double)json["quantities"]!["g2_0_corr"]!["value"]!);
        Assert.Equal(5120, (long)json["quantities"]!["g2_0_corr"]!["n"]!);
        Assert.Null(json["quantities"]!["t2_ns"]!["value"]);
        Assert.Equal("refused", (string?)json["quantities"]!["t2_ns"]!["grade"]);
        Assert.Equal("CsPbBr3", (string?)json["quantities"]!["canonical"]!["value"]);
        Assert.Equal("yes", (string?)json["verdicts"]!["single_emitter"]!["value"]);
        Assert.Equal("one", (string?)json["messages"]![1]!["item"]);
        Assert.Equal(1.1, (double)json["curves"]!["g2"]!["y"]!["values"]![2]!);
        Assert.Equal(3, json["curves"]!["g2"]!["fit"]!.AsArray().Count);
    }

    [Fact]
    public void What_is_not_finite_is_written_as_null()
    {
        var report = new AnalysisReport("g2.cw", 1)
        {
            Quantities = [new("a", double.NaN, double.PositiveInfinity, null, null, "1")],
            Curves = [new("c", new("x", "1", [double.NegativeInfinity]), null)],
        };

        var text = Encoding.UTF8.GetString(ReportJson.Bytes(report, "test"));

        Assert.DoesNotContain("Infinity", text);
        Assert.DoesNotContain("NaN", text);
        Assert.Contains("\"values\":[null]", text);
    }
}
