using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Features.Samples;

namespace PqdPortal.Portal.Tests.Records;

public sealed class NumberingTests(RecordsFixture portal) : IClassFixture<RecordsFixture>
{
    [Fact]
    public async Task Dots_added_by_eight_people_at_once_get_each_number_once_and_leave_no_gap()
    {
        var sample = await NewSample();

        var added = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => AddDots(sample, 25)));

        Assert.Equal(Enumerable.Range(1, 200).Select(n => $"{sample.Code}-D{n:000}"), added.SelectMany(dots => dots!).Select(dot => dot.Code).Order());
        Assert.All(added, dots => Assert.Equal(25, Number(dots![^1]) - Number(dots[0]) + 1));
    }

    [Fact]
    public async Task Batches_and_samples_made_at_once_get_codes_of_their_own()
    {
        var batches = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => NewBatch()));
        var samples = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => portal.As(Maker, of => of.GetRequiredService<SampleCommands>().Make(batches[0].Id, new Sample { Code = "", Name = "" }))));

        Assert.Equal(12, batches.Select(batch => batch.Code).Distinct().Count());
        Assert.All(batches, batch => Assert.Matches("^ZN-[0-9]{4}$", batch.Code));
        Assert.Equal(Enumerable.Range(1, 12).Select(n => $"{batches[0].Code}-S{n}").Order(), samples.Select(sample => sample!.Code).Order());
    }

    [Fact]
    public async Task Forty_dots_are_D001_to_D040_and_ten_more_go_on_from_there()
    {
        var sample = await NewSample();

        var forty = await AddDots(sample, 40);
        var ten = await AddDots(sample, 10);

        Assert.Equal(("D001", "D040"), (forty![0].Label, forty[^1].Label));
        Assert.Equal(("D041", "D050"), (ten![0].Label, ten[^1].Label));
    }

    [Fact]
    public async Task The_number_of_a_dot_in_the_bin_is_not_given_again()
    {
        var sample = await NewSample();
        var dots = await AddDots(sample, 3);
        await portal.As(Maker, of => of.GetRequiredService<DotCommands>().Bin(dots![2].Id, true));

        var more = await AddDots(sample, 1);

        Assert.Equal("D004", more![0].Label);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(501)]
    public async Task A_count_that_makes_no_sense_is_refused_in_words(int count)
    {
        var sample = await NewSample();

        var refused = await Assert.ThrowsAsync<RefusedEditException>(() => AddDots(sample, count));

        Assert.Contains("between 1 and 500", refused.Message);
    }

    Data.Account.PortalUser Maker => portal.People[AccessRole.Edit];

    async Task<Batch> NewBatch() =>
        (await portal.As(Maker, of => of.GetRequiredService<BatchCommands>().Make(portal.Zn.Id, new Batch { Code = "", Name = "b", Formula = "CsPbBr3" })))!;

    async Task<Sample> NewSample()
    {
        var batch = await NewBatch();
        return (await portal.As(Maker, of => of.GetRequiredService<SampleCommands>().Make(batch.Id, new Sample { Code = "", Name = "" })))!;
    }

    Task<IReadOnlyList<Emitter>?> AddDots(Sample sample, int count) =>
        portal.As(Maker, of => of.GetRequiredService<SampleCommands>().AddDots(sample.Id, count));

    static int Number(Emitter dot) => int.Parse(dot.Label[1..]);
}
