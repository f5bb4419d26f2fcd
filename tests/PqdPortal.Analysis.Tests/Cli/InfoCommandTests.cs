using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using PqdPortal.Cli;
using PqdPortal.Cli.Commands;

namespace PqdPortal.Analysis.Tests.Cli;

/// <summary>pqd info as somebody at a terminal or a script meets it.</summary>
public class InfoCommandTests
{
    static readonly string SmallFile = Path.Combine(AppContext.BaseDirectory, "files", "picoharp-t3-image-cut.ptu");

    [Fact]
    public void Info_as_JSON_has_every_field_of_the_contract()
    {
        var (exit, output, error) = Run("info", SmallFile, "--json");

        var json = JsonNode.Parse(output)!.AsObject();
        Assert.Equal((0, ""), (exit, error));
        foreach (var field in new[]
        {
            "file", "bytes", "sha256", "format", "record_type", "mode", "kind", "time_unit_s", "sync_period_s", "dtime_unit_s",
            "duration_s", "duration_source", "records", "events_by_channel", "overflow_records", "overflow_wraps", "backward_steps",
            "last_tick", "tick_offset", "sum_ticks_mod_2p53", "sum_ticks_without_markers_mod_2p53", "first_events", "last_events",
            "header", "findings",
        })
            Assert.True(json.ContainsKey(field), field);
        Assert.Equal(["declared", "available", "read", "trailing_bytes"], json["records"]!.AsObject().Select(r => r.Key));
        Assert.Equal("[1,49894,56]", json["first_events"]![0]!.ToJsonString());
        Assert.Equal((double)json["time_unit_s"]!, (double)json["sync_period_s"]!);
        Assert.Equal("0", (string)json["tick_offset"]!);
    }

    [Fact]
    public void Info_for_people_names_format_channels_and_findings()
    {
        var (exit, output, _) = Run("info", SmallFile);

        Assert.Equal(0, exit);
        Assert.Contains("PicoHarp 300 T3", output);
        Assert.Contains("19,440", output);
        Assert.Contains("RECORDS_MISSING", output);
    }

    [Fact]
    public void A_file_that_is_not_there_is_a_wrong_request()
    {
        var (exit, output, error) = Run("info", "no-such.ptu", "--json");

        Assert.Equal(2, exit);
        Assert.Equal(2, error.Split('\n').Length);
        Assert.Contains("no-such.ptu", (string)JsonNode.Parse(output)!["error"]!["message"]!);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("PQTTTR", "Truncated")]
    [InlineData("PQHISTO\u00001.0.00\u0000\u0000", "PHU")]
    [InlineData("\u0001\u0002\u0003\u0004\u0005", "No known format")]
    public void A_file_that_cannot_be_used_ends_in_3_with_one_line_and_the_same_as_JSON(string content, string told)
    {
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(content));
        try
        {
            var (exit, output, error) = Run("info", path, "--json");

            Assert.Equal(3, exit);
            Assert.Contains(told, error);
            Assert.Equal(2, error.Split('\n').Length);
            Assert.DoesNotContain("   at ", error);
            Assert.Equal(error, $"pqd: {JsonNode.Parse(output)!["error"]!["message"]}\n");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData]
    [InlineData("info")]
    [InlineData("inof", "x")]
    [InlineData("info", "x", "y")]
    [InlineData("info", "--colour", "x")]
    public void A_command_line_that_is_not_understood_ends_in_2(params string[] args)
    {
        var (exit, output, error) = Run(args);

        Assert.Equal((2, ""), (exit, output));
        Assert.Contains("--help", error);
        Assert.Equal(2, error.Split('\n').Length);
    }

    [Fact]
    public void A_question_that_a_file_leaves_open_is_asked_and_its_answer_is_taken()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, "channel,timestamp\n0,5\n1,9\n");
        try
        {
            var (exit, _, question) = Run("info", path);
            var (answered, output, _) = Run("info", path, "--time-unit", "12.5 ns", "--json");
            var (wrong, _, told) = Run("info", path, "--time-unit", "furlong");

            Assert.Equal(3, exit);
            Assert.Contains("--time-unit", question);
            Assert.Equal((0, 1.25e-8), (answered, (double)JsonNode.Parse(output)!["time_unit_s"]!));
            Assert.Equal(2, wrong);
            Assert.Contains("furlong", told);

            File.WriteAllBytes(path, [250, 0, 0, 0x80, 100, 0, 1, 0, 200, 0, 1, 0]);
            var (ask, _, layouts) = Run("info", path);
            Assert.Equal(3, ask);
            Assert.Contains("spc-130", layouts);
            Assert.Equal(0, Run("info", path, "--layout", "spc-130").Exit);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_fault_of_ours_ends_in_1_without_a_stack_trace()
    {
        var broken = new Command("broken", "");
        broken.SetAction((Func<ParseResult, int>)(_ => throw new InvalidOperationException("a bug")));

        var (exit, _, error) = Run(new RootCommand { broken }, "broken");

        Assert.Equal(1, exit);
        Assert.Contains("a bug", error);
        Assert.DoesNotContain("   at ", error);
    }

    [Fact]
    public void Results_name_the_software_with_its_version() => Assert.StartsWith("PqdPortal 0.", Software.Name);

    static (int Exit, string Output, string Error) Run(params string[] args) => Run(new RootCommand { InfoCommand.Create() }, args);

    static (int Exit, string Output, string Error) Run(RootCommand root, params string[] args)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var exit = CommandLine.Run(root, args, output, error);
        return (exit, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }
}
