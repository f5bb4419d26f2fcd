using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using PqdPortal.Cli;
using PqdPortal.Cli.Commands;

namespace PqdPortal.Analysis.Tests.Cli;

/// <summary>pqd analyze as somebody at a terminal meets it: files from pqd simulate, so the whole way from bytes to verdict.</summary>
public sealed class AnalyzeCommandTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pqd-analyze").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_simulated_dot_comes_out_as_it_was_simulated()
    {
        Simulate("""{ "kind": "two_level", "duration_s": 3, "rate_cps": [150000, 150000], "lifetime_ns": 8 }""");

        var (exit, output, error) = Run("""{ "analysis": "g2.cw", "inputs": { "file": "dot.ptu" } }""", "--json");

        Assert.Equal((0, ""), (exit, error));
        var report = JsonNode.Parse(output)!;
        var t1 = report["quantities"]!["t1_ns"]!;
        Assert.InRange(((double)t1["value"]! - 8 / 1.1) / (double)t1["sigma"]!, -4, 4);
        Assert.Equal("yes", (string?)report["verdicts"]!["single_emitter"]!["value"]);
        Assert.Equal("dot.ptu", (string?)report["inputs"]![0]!["file"]);
        Assert.Equal(64, ((string?)report["inputs"]![0]!["sha256"])!.Length);
        Assert.Equal("[0,1]", report["parameters"]!["channels"]!.ToJsonString());
        Assert.Equal(1000, (double)report["parameters"]!["bin_ps"]!);
    }

    [Fact]
    public void Short_and_long_requests_and_a_repetition_give_the_same_bytes()
    {
        Simulate("""{ "kind": "two_level", "duration_s": 0.5, "rate_cps": [100000, 100000] }""");

        var first = Run("""{ "analysis": "g2.cw", "inputs": { "file": "dot.ptu" }, "parameters": { "bin_ps": 500 } }""", "--json").Output;
        var second = Run("""{ "analysis": "g2.cw", "file": "dot.ptu", "bin_ps": 500 }""", "--json").Output;
        var third = Run("""{ "analysis": "g2.cw", "inputs": [ { "name": "file", "file": "dot.ptu" } ], "bin_ps": 500 }""", "--json").Output;

        Assert.Equal(first, second);
        Assert.Equal(first, third);
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bytes()
    {
        Simulate("""{ "kind": "two_level", "duration_s": 2, "rate_cps": [150000, 150000] }""");
        const string request = """{ "analysis": "g2.cw", "file": "dot.ptu", "selection": { "from_s": 0.25 } }""";

        var one = Run(request, "--json", "--threads", "1").Output;

        Assert.Equal(one, Run(request, "--json", "--threads", "3").Output);
        Assert.Equal(one, Run(request, "--json").Output);
        Assert.Equal(0.25, (double)JsonNode.Parse(one)!["parameters"]!["selection"]!["from_s"]!);
    }

    [Fact]
    public void Curves_and_figures_are_written_beside_the_result()
    {
        Simulate("""{ "kind": "two_level", "duration_s": 0.5, "rate_cps": [100000, 100000] }""");

        var (exit, output, _) = Run("""{ "analysis": "g2.cw", "file": "dot.ptu" }""", "--out", Path.Combine(_folder, "out"));

        Assert.Equal(0, exit);
        Assert.Contains("single_emitter", output);
        var csv = File.ReadAllLines(Path.Combine(_folder, "out", "g2.csv"));
        Assert.StartsWith("delay [ns],g2,sigma of g2,fit", csv[0]);
        Assert.Equal(1002, csv.Length);
        var svg = System.Xml.Linq.XDocument.Load(Path.Combine(_folder, "out", "g2.svg"));
        Assert.Contains("delay (ns)", svg.ToString());
        Assert.NotNull(JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "out", "result.json"))));
    }

    [Fact]
    public void Timing_counts_the_photons_and_the_memory()
    {
        Simulate("""{ "kind": "two_level", "duration_s": 0.5, "rate_cps": [100000, 100000] }""");

        var timing = JsonNode.Parse(Run("""{ "analysis": "g2.cw", "file": "dot.ptu" }""", "--json", "--timing", "--repeat", "3", "--threads", "1").Output)!["timing"]!;

        Assert.InRange((long)timing["photons"]!, 95_000, 105_000);
        Assert.True((double)timing["wall_s"]! > 0);
        Assert.True((double)timing["peak_rss_mb"]! > 1);
        Assert.Equal(1, (int)timing["threads"]!);
    }

    [Theory]
    [InlineData("""{ "analysis": "g2.everything", "file": "dot.ptu" }""", 2, "g2.cw")]
    [InlineData("""{ "analysis": "g2.cw", "file": "dot.ptu", "bins": 3 }""", 2, "\"bins\"")]
    [InlineData("""{ "analysis": "g2.cw", "file": "dot.ptu", "bin_ps": -3 }""", 2, "bin_ps")]
    [InlineData("""{ "analysis": "g2.cw", "file": "dot.ptu", "selection": { "form_s": 3 } }""", 2, "form_s")]
    [InlineData("""{ "analysis": "g2.cw" }""", 2, "\"file\"")]
    [InlineData("""{ "file": "dot.ptu" }""", 2, "\"analysis\"")]
    [InlineData("""{ "analysis": "g2.cw", "file": "nowhere.ptu" }""", 2, "nowhere.ptu")]
    [InlineData("[1, 2", 2, "not JSON")]
    [InlineData("""{ "analysis": "g2.cw", "file": "request.json" }""", 3, "text file")]
    public void What_cannot_be_done_is_said_in_one_line_with_the_right_exit_code(string request, int code, string said)
    {
        File.WriteAllBytes(Path.Combine(_folder, "dot.ptu"), "PQTTTR"u8.ToArray());

        var (exit, output, error) = Run(request, "--json");

        Assert.Equal(code, exit);
        Assert.Contains(said, error);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.Equal(code, (int)JsonNode.Parse(output)!["error"]!["exit"]!);
    }

    [Fact]
    public void The_catalogue_lists_every_analysis_with_its_parameters()
    {
        using var output = new MemoryStream();
        var exit = CommandLine.Run(new RootCommand { AnalyzeCommand.Create() }, ["analyze", "--list"], output, new MemoryStream());
        var text = Encoding.UTF8.GetString(output.ToArray());

        Assert.Equal(0, exit);
        Assert.Contains("g2.cw", text);
        Assert.Contains("quick", text);
        Assert.Contains("bin_ps (number, ps, 1 to 1000000000; default 1000)", text);
    }

    [Fact]
    public void Several_requests_about_a_file_give_what_each_gives_alone_and_trouble_of_one_is_its_own()
    {
        Simulate("""{ "kind": "two_level", "duration_s": 1, "rate_cps": [100000, 100000] }""");
        string[] requests =
        [
            """{ "analysis": "g2.cw", "file": "dot.ptu" }""", """{ "analysis": "quick", "file": "dot.ptu" }""",
            """{ "analysis": "g2.cw", "file": "dot.ptu", "selection": { "from_s": 0.5 }, "bin_ps": 2000 }""",
            """{ "analysis": "g2.cw", "file": "dot.ptu", "channels": [1, 1] }""",
        ];
        var alone = requests.Select(request => JsonNode.Parse(Run(request, "--json").Output)!).ToArray();

        var paths = requests.Select((request, k) =>
        {
            var path = Path.Combine(_folder, $"r{k}.json");
            File.WriteAllText(path, request);
            return path;
        }).ToArray();
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var exit = CommandLine.Run(new RootCommand { AnalyzeCommand.Create() }, ["analyze", .. paths, "--json"], output, error);

        var together = JsonNode.Parse(output.ToArray())!.AsArray();
        Assert.Equal(2, exit);
        for (var k = 0; k < 3; k++) Assert.Equal(alone[k].ToJsonString(), together[k]!.ToJsonString());
        Assert.Equal("g2.cw", (string?)together[3]!["analysis"]);
        Assert.Contains("two different detectors", (string?)together[3]!["error"]!["message"]);
        Assert.Contains("r3.json", Encoding.UTF8.GetString(error.ToArray()));
    }

    void Simulate(string request)
    {
        var path = Path.Combine(_folder, "simulation.json");
        File.WriteAllText(path, request);
        using var error = new MemoryStream();
        Assert.Equal(0, CommandLine.Run(new RootCommand { SimulateCommand.Create() },
            ["simulate", path, "--out", Path.Combine(_folder, "dot.ptu")], new MemoryStream(), error));
    }

    (int Exit, string Output, string Error) Run(string request, params string[] more)
    {
        var path = Path.Combine(_folder, "request.json");
        File.WriteAllText(path, request);
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var exit = CommandLine.Run(new RootCommand { AnalyzeCommand.Create() }, ["analyze", path, .. more], output, error);
        return (exit, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }
}
