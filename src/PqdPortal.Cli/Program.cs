using System.CommandLine;
using PqdPortal.Cli;
using PqdPortal.Cli.Commands;

var pqd = new RootCommand("Photon data of perovskite quantum dots: what a file holds and what it says.")
{
    InfoCommand.Create(),
    AnalyzeCommand.Create(),
    SimulateCommand.Create(),
    ConvertCommand.Create(),
    LoginCommand.Create(),
    LoginCommand.CreateLogout(),
    PushCommand.Create(),
    WatchCommand.Create(),
    RunsCommand.Create(),
    GetCommand.Create(),
    AdminCommand.Create(),
};

return CommandLine.Run(pqd, args, Console.OpenStandardOutput(), Console.OpenStandardError());
