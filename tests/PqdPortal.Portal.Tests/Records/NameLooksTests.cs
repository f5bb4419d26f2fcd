using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Data.Access;
using PqdPortal.Data.Account;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Features.Samples;
using PqdPortal.Web.Layout.Fields;

namespace PqdPortal.Portal.Tests.Records;

/// <summary>Names that cannot be told apart by eye: kept as they are, and told to whoever types the second.</summary>
public sealed class NameLooksTests(RecordsFixture portal) : IClassFixture<RecordsFixture>
{
    [Theory]
    [InlineData("Vial 7", "vial  7")]
    [InlineData("Vial 7", "Vi\u0430l 7")] // Cyrillic a
    [InlineData("Vial 10", "Vial lO")]
    [InlineData("Vial 7", "Ｖｉａｌ ７")]
    [InlineData("Vial 7", "Vi\u200bal\u00a07")]
    [InlineData("Vial 7", "\u202eVial 7\u202c")]
    [InlineData("blue-1", "blue–I")]
    [InlineData("ice_a", "ice-a")]
    public void Names_that_look_alike_have_one_look(string one, string other) => Assert.Equal(NameLooks.Of(one), NameLooks.Of(other));

    [Theory]
    [InlineData("Vial 7", "Vial 8")]
    [InlineData("Vial 7", "Vial7")]
    [InlineData("🔬", "🔭")]
    [InlineData("שלום", "שלוה")]
    [InlineData("温度", "温差")]
    [InlineData("a", "ä")]
    public void Names_that_look_different_have_looks_of_their_own(string one, string other) => Assert.NotEqual(NameLooks.Of(one), NameLooks.Of(other));

    [Fact]
    public async Task Only_what_lies_beside_the_record_and_may_be_seen_is_told()
    {
        var maker = portal.People[AccessRole.Edit];
        var name = $"Vial {Guid.NewGuid():N}";
        var batch = (await portal.As(maker, of => of.GetRequiredService<BatchCommands>().Make(portal.Zn.Id, new Batch { Code = "", Name = name, Formula = "CsPbBr3" })))!;
        var foreign = name.Replace('a', '\u0430');
        Task<IReadOnlyList<NamedAlike>> Like(PortalUser who, PqdPortal.Data.ProjectRecord record) => portal.As(who, of => of.GetRequiredService<NameLooksQueries>().Like(record, foreign));
        var typed = new Batch { Code = "", Name = foreign, Formula = "", ProjectId = portal.Zn.Id };

        Assert.Equal(batch.Code, Assert.Single(await Like(maker, typed)).Code);
        Assert.Empty(await Like(maker, batch)); // itself
        Assert.Empty(await Like(portal.People[AccessRole.None], typed));
        Assert.Empty(await Like(maker, new Batch { Code = "", Name = foreign, Formula = "", ProjectId = Guid.NewGuid() }));
        Assert.Empty(await Like(maker, new Sample { Code = "", Name = foreign, BatchId = batch.Id }));
    }
}
