using System.Globalization;
using System.Text.RegularExpressions;
using PqdPortal.Data;
using PqdPortal.Data.Files;
using PqdPortal.Data.Postgres;
using PqdPortal.Jobs;
using PqdPortal.Jobs.Telemetry;
using PqdPortal.Web;

namespace PqdPortal.Portal.Tests;

/// <summary>The table of options in docs/operations.md against the options that the program reads.</summary>
public sealed partial class OptionsTableTests
{
    static readonly (string Section, object Defaults)[] Sections =
    [
        (FileStoreOptions.Section, new FileStoreOptions()),
        (UploadOptions.Section, new UploadOptions()),
        (BinOptions.Section, new BinOptions()),
        (JobOptions.Section, new JobOptions()),
        (DiskOptions.Section, new DiskOptions()),
        (TelemetryOptions.Section, new TelemetryOptions()),
        (WebOptions.Section, new WebOptions()),
    ];

    [Fact]
    public void Every_option_stands_in_the_table_once_and_nothing_else_does()
    {
        var known = Sections.SelectMany(section => section.Defaults.GetType().GetProperties().Select(property => $"{section.Section}:{property.Name}"))
            .Concat([DatabaseOptions.Key, DatabaseOptions.BinariesKey, DataFolder.Key, "urls"]);

        Assert.Equal(known.Order(), Table().Select(row => row.Key).Order());
    }

    [Fact]
    public void The_defaults_in_the_table_are_those_of_the_program()
    {
        var table = Table().ToDictionary(row => row.Key, row => row.Default);

        foreach (var (section, defaults) in Sections)
            foreach (var property in defaults.GetType().GetProperties())
            {
                var told = table[$"{section}:{property.Name}"];
                // A default that is words ("the machine's own") or differs from machine to machine is none that could be compared.
                if (property.Name != nameof(JobOptions.Analyses) && property.GetValue(defaults) is bool or int or long or double)
                    Assert.Equal(Convert.ToString(property.GetValue(defaults), CultureInfo.InvariantCulture)!.ToLowerInvariant(), told.Split(' ')[0]);
            }
    }

    static IEnumerable<(string Key, string Default)> Table() =>
        Row().Matches(File.ReadAllText(Path.Combine(Checkout(), "docs", "operations.md")))
            .Select(row => (row.Groups[1].Value, row.Groups[2].Value.Trim()));

    static string Checkout() => DataFolder.Above(AppContext.BaseDirectory).First(folder => File.Exists(Path.Combine(folder, "PqdPortal.sln")));

    [GeneratedRegex(@"^\| `((?:Portal|ConnectionStrings):[A-Za-z:]+|urls)`[^|]*\|([^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
