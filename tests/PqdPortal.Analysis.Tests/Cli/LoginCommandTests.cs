using System.CommandLine;
using System.Text;
using PqdPortal.Cli;
using PqdPortal.Cli.Commands;

namespace PqdPortal.Analysis.Tests.Cli;

/// <summary>pqd login before it asks a portal; the rest of it is tried against one.</summary>
public class LoginCommandTests
{
    [Fact]
    public void Without_a_token_it_names_the_page_where_one_is_made()
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();

        var exit = CommandLine.Run(new RootCommand { LoginCommand.Create() }, ["login", "https://portal.example/lab/", "--token", " "], output, error);

        Assert.Equal(2, exit);
        Assert.Contains("https://portal.example/lab/profile/tokens and give it", Encoding.UTF8.GetString(error.ToArray()));
    }
}
