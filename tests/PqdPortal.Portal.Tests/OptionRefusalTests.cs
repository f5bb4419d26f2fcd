using Microsoft.Extensions.Configuration;
using PqdPortal.Data;
using PqdPortal.Data.Files;
using PqdPortal.Jobs;
using PqdPortal.Web;

namespace PqdPortal.Portal.Tests;

/// <summary>Every option with a value that is none: the start stops with a sentence that names the key and what was expected.</summary>
public sealed class OptionRefusalTests
{
    static readonly (string Section, Type Options, Func<IConfiguration, object> Read)[] Sections =
    [
        (FileStoreOptions.Section, typeof(FileStoreOptions), FileStoreOptions.From),
        (UploadOptions.Section, typeof(UploadOptions), UploadOptions.From),
        (BinOptions.Section, typeof(BinOptions), BinOptions.From),
        (DiskOptions.Section, typeof(DiskOptions), DiskOptions.From),
        (JobOptions.Section, typeof(JobOptions), JobOptions.From),
        (WebOptions.Section, typeof(WebOptions), WebOptions.From),
    ];

    static readonly string[] NoNumbers = ["many", "", "-1", "NaN", "1e400", "99999999999999999999999999", "1;2"];

    public static TheoryData<string, string> Wrong()
    {
        var wrong = new TheoryData<string, string>();
        foreach (var (section, options, _) in Sections)
            foreach (var property in options.GetProperties())
            {
                string[] values = property.PropertyType == typeof(bool) ? ["perhaps", "", "2"]
                    : property.PropertyType == typeof(int) || property.PropertyType == typeof(long) ? [.. NoNumbers, "1.5"]
                    : property.PropertyType == typeof(double) ? NoNumbers
                    : [];
                foreach (var value in values) wrong.Add($"{section}:{property.Name}", value);
                wrong.Add($"{section}:{property.Name}:Inner", "1");
            }
        foreach (var (key, value) in (IEnumerable<(string, string)>)
        [
            ("Portal:Files:Store", "ftp"), ("Portal:Web:PathBase", "pqd"), ("Portal:Web:PathBase", "/pqd/"), ("Portal:Web:PathBase", "/a b"),
            ("Portal:Web:PathBase", "http://host/pqd"), ("Portal:Web:Proxies", "10.0.0.1"), ("Portal:Web:Proxies:0", "next door"),
            ("Portal:Web:Proxies:0", "10.0.0.0/40"), ("Portal:Web:Proxies:0", ""),
            ("Portal:Uploads:MaxBytes", "0"), ("Portal:Uploads:Hours", "0"), ("Portal:Jobs:Analyses", "0"), ("Portal:Jobs:Readings", "0"),
            ("Portal:Jobs:Attempts", "0"), ("Portal:Jobs:CheckInSeconds", "0"), ("Portal:Jobs:LookSeconds", "0"),
        ])
            wrong.Add(key, value);
        return wrong;
    }

    [Theory, MemberData(nameof(Wrong))]
    public void A_wrong_value_is_named(string key, string value)
    {
        var (_, _, read) = Sections.Single(section => key.StartsWith(section.Section + ":"));

        var refused = Assert.Throws<PortalStartException>(() => read(Configuration((key, value))));

        // A list is named by its own key or by that of the entry.
        Assert.Contains(key.EndsWith(":0") ? key[..^2] : key, refused.Message);
        Assert.DoesNotContain("Exception", refused.Message);
    }

    [Theory]
    [InlineData("Portal:Dta", "x", "Portal:Dta")]
    [InlineData("Portal:Jobs:Analysis", "2", "Portal:Jobs:Analysis")]
    [InlineData("Portal:Jobs", "2", "Portal:Jobs")]
    [InlineData("ConnectionStrings:Portl", "Host=db", "ConnectionStrings:Portl")]
    [InlineData("Logging:LogLevel:Default", "Loud", "Logging:LogLevel:Default")]
    [InlineData("Logging:Console:LogLevel:Quartz", "Loud", "Logging:Console:LogLevel:Quartz")]
    public void An_unknown_key_is_named(string key, string value, string named)
    {
        var configuration = Configuration((key, value));

        var refused = Assert.Throws<PortalStartException>(() =>
        {
            OptionSection.RefuseUnknown(configuration);
            JobOptions.From(configuration);
        });

        Assert.Contains(named, refused.Message);
    }

    [Theory]
    [InlineData("--Portl:DataFolder=x", "Portl")]
    [InlineData("--port=5090", "port")]
    [InlineData("--url=http://localhost:5090", "url")]
    public void A_misspelled_word_of_the_command_line_is_named(string argument, string named)
    {
        var configuration = new ConfigurationBuilder().AddCommandLine([argument]).Build();

        Assert.Contains($"There is no option {named}", Assert.Throws<PortalStartException>(() => OptionSection.RefuseUnknown(configuration)).Message);
    }

    [Theory]
    [InlineData("urls", "5090")]
    [InlineData("urls", "localhost:5090")]
    [InlineData("urls", "ftp://localhost:5090")]
    [InlineData("urls", "http://localhost:99999")]
    [InlineData("urls", "http://localhost:-1")]
    [InlineData("urls", "http://localhost:abc")]
    [InlineData("urls", "http://localhost:0")]
    [InlineData("urls", "http://localhost:5090/pqd")]
    [InlineData("urls", "http://127.0.0.1:5090;nonsense")]
    [InlineData("http_ports", "many")]
    [InlineData("https_ports", "70000")]
    public void An_address_that_is_none_is_named(string key, string value)
    {
        var refused = Assert.Throws<PortalStartException>(() => ListenAddresses.Check(Configuration((key, value))));

        Assert.Contains($"The option {key} has \"{value.Split(';')[^1]}\"", refused.Message);
    }

    [Theory]
    [InlineData("http://localhost:5090")]
    [InlineData("http://127.0.0.1:0;http://[::1]:0")]
    [InlineData("http://*:5090")]
    [InlineData("https://+:443")]
    [InlineData("http://portal.example.org:80/")]
    [InlineData("http://unix:/run/pqd.sock")]
    public void An_address_that_is_one_is_taken(string urls) => ListenAddresses.Check(Configuration(("urls", urls)));

    [Fact]
    public void A_right_value_of_every_kind_is_taken()
    {
        var configuration = Configuration(("Portal:Jobs:RunHere", "False"), ("portal:jobs:readings", "3"), ("Portal:Jobs:RetrySeconds", "0.5"),
            ("Portal:Web:Proxies:0", "10.0.0.0/8"), ("Portal:Web:Proxies:1", "::1"), ("Portal:Web:PathBase", "/lab/pqd"));

        OptionSection.RefuseUnknown(configuration);

        Assert.Equal((false, 3, 0.5), JobOptions.From(configuration) is var jobs ? (jobs.RunHere, jobs.Readings, jobs.RetrySeconds) : default);
        Assert.Equal(["10.0.0.0/8", "::1"], WebOptions.From(configuration).Proxies);
    }

    [Fact]
    public void A_data_folder_that_is_a_file_or_cannot_be_written_is_told()
    {
        var folder = TestServer.NewFolder("options").Path;
        try
        {
            var file = Path.Combine(folder, "file");
            File.WriteAllText(file, "");

            Assert.Contains($"{file} is a file", Refused(file));
            Assert.Contains(DataFolder.Key, Refused(Path.Combine(file, "inside")));
            // The kernel's own file system takes no files, whoever asks; its permissions would let root.
            if (OperatingSystem.IsLinux())
            {
                Assert.Contains("may not be written", Refused("/proc/self"));
                Assert.Contains(DataFolder.Key, Refused("/" + new string('d', 300)));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        static string Refused(string folder) =>
            Assert.Throws<PortalStartException>(() => DataFolder.From(Configuration((DataFolder.Key, folder)), AppContext.BaseDirectory)).Message;
    }

    static IConfigurationRoot Configuration(params (string Key, string? Value)[] options) =>
        new ConfigurationBuilder().AddInMemoryCollection(options.Select(option => new KeyValuePair<string, string?>(option.Key, option.Value))).Build();
}
