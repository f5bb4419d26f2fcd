using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using PqdPortal.Cli;
using PqdPortal.Cli.Commands;

namespace PqdPortal.Analysis.Tests.Cli;

/// <summary>pqd convert as somebody at a terminal or a script meets it.</summary>
public sealed class ConvertCommandTests : IDisposable
{
    static readonly string SmallFile = Path.Combine(AppContext.BaseDirectory, "files", "picoharp-t3-image-cut.ptu");

    readonly string _folder = Directory.CreateTempSubdirectory("pqd-convert-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_converted_file_holds_the_same_sums_and_nothing_is_left_beside_it()
    {
        var target = Path.Combine(_folder, "out.ptu");

        var (exit, output, error) = Run("convert", SmallFile, "--to", "ptu", "--out", target, "--json");

        Assert.Equal((0, ""), (exit, error));
        Assert.Equal(target, (string)JsonNode.Parse(output)!["out"]!);
        Assert.Equal([target], Directory.GetFileSystemEntries(_folder));
        var (was, now) = (Info(SmallFile), Info(target));
        foreach (var field in (string[])["sum_ticks_mod_2p53", "sum_ticks_without_markers_mod_2p53", "events_by_channel", "first_events", "last_events", "time_unit_s", "dtime_unit_s", "last_tick", "mode"])
            Assert.Equal(was[field]!.ToJsonString(), now[field]!.ToJsonString());
    }

    [Fact]
    public void A_file_that_exists_is_never_overwritten()
    {
        var target = Path.Combine(_folder, "out.csv");
        File.WriteAllText(target, "mine");

        var (exit, _, error) = Run("convert", SmallFile, "--to", "csv", "--out", target);

        Assert.Equal(2, exit);
        Assert.Contains("exists already", error);
        Assert.Equal("mine", File.ReadAllText(target));
    }

    [Theory]
    [InlineData("tiff", 2, "photon stream")]
    [InlineData("doc", 2, "photon-hdf5, csv, ptu, tiff")]
    public void What_cannot_be_written_is_refused_and_leaves_nothing(string to, int expected, string told)
    {
        var (exit, _, error) = Run("convert", SmallFile, "--to", to, "--out", Path.Combine(_folder, "out"));

        Assert.Equal(expected, exit);
        Assert.Contains(told, error);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    static JsonNode Info(string file) => JsonNode.Parse(Run("info", file, "--json").Output)!;

    static (int Exit, string Output, string Error) Run(params string[] args)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var exit = CommandLine.Run(new RootCommand { InfoCommand.Create(), ConvertCommand.Create() }, args, output, error);
        return (exit, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }
}
