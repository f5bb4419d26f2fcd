using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data.Account;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Web.Features.Groups;
using PqdPortal.Web.Features.Instruments;
using PqdPortal.Web.Features.Runs;
using PqdPortal.Web.Features.Samples;

namespace PqdPortal.Portal.Tests.Records;

/// <summary>What lies in the bin is listed with what lies there with it, and taken out from the list.</summary>
public sealed class BinTests(RecordsFixture portal) : IClassFixture<RecordsFixture>
{
    PortalUser Editor => portal.People[AccessRole.Edit];

    Task<IReadOnlyList<BinnedRow>> Bin(PortalUser person) => portal.As(person, of => of.GetRequiredService<GroupQueries>().Bin());
    Task<string?> TakeOut(PortalUser person, BinnedRow row) => portal.As(person, of => of.GetRequiredService<GroupCommands>().TakeOut(row));

    [Theory]
    [InlineData("batch", "with 1 sample, 1 dot")]
    [InlineData("sample", "with 1 dot, 1 run")]
    [InlineData("dot", "with 1 run")]
    [InlineData("run", null)]
    [InlineData("set-up", null)]
    public async Task A_record_is_taken_out_of_the_bin_where_the_bin_is_shown_by_those_who_may_change_it(string kind, string? below)
    {
        var setup = (await portal.As(Editor, of => of.GetRequiredService<InstrumentCommands>().Make(new Instrument { Name = "HBT" })))!;
        Assert.True(await portal.As(Editor, of => kind switch
        {
            "batch" => of.GetRequiredService<BatchCommands>().Bin(portal.Batch.Id, true),
            "sample" => of.GetRequiredService<SampleCommands>().Bin(portal.Sample.Id, true),
            "dot" => of.GetRequiredService<DotCommands>().Bin(portal.Dot.Id, true),
            "run" => of.GetRequiredService<RunCommands>().Bin(portal.Run.Id, true),
            _ => of.GetRequiredService<InstrumentCommands>().Bin(setup.Id, true),
        }));

        var row = Assert.Single(await Bin(Editor), one => one.Kind == kind);
        Assert.Equal(below, row.Below);
        foreach (var other in (PortalUser[])[portal.People[AccessRole.Read], portal.People[AccessRole.None]])
        {
            Assert.DoesNotContain(await Bin(other), one => one.Id == row.Id);
            Assert.NotNull(await TakeOut(other, row));
        }
        Assert.Null(await TakeOut(Editor, row));
        Assert.DoesNotContain(await Bin(Editor), one => one.Id == row.Id);
        // Twice is told, and changes nothing.
        Assert.NotNull(await TakeOut(Editor, row));
    }
}
