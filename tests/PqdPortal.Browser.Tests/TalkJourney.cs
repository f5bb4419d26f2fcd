using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PqdPortal.Browser.Tests;

/// <summary>Two people talk on a result, each in a browser of their own.</summary>
public sealed class TalkJourney(Portal portal) : IClassFixture<Portal>
{
    [Journey]
    public Task Two_people_talk_on_a_record_one_is_named_hears_the_bell_answers_settles_and_finds_it_on_the_first_page() => portal.Walk(async () =>
    {
        await using var anas = await Browser.Open(portal.Address);
        await using var bens = await Browser.Open(portal.Address, dark: true);
        var (ana, ben) = (anas.Page, bens.Page);
        await ana.SignUp();
        await ana.Invite(ben);
        // Ben takes his telephone.
        await ben.SetViewportSizeAsync(360, 740);
        await ana.MakeProject();
        var project = ana.Url;
        await ana.Give(project, "Ben", "comment");
        await ana.GotoAsync("/batches/new?project=ZN");
        await ana.GetByLabel("Name (needed)").FillAsync("first");
        await ana.GetByLabel("Formula (needed)").FillAsync("CsPbBr3");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Record the batch" }).ClickAsync();
        await Expect(ana.GetByRole(AriaRole.Heading, new() { Name = "first" })).ToBeVisibleAsync();

        // Ben hears of his role at the bell, on a telephone, without loading anything.
        await Expect(Bell(ben)).ToHaveAccessibleNameAsync("Notices 1 unread");
        await ben.GotoAsync("/b/ZN-0001");

        // Ana names him: the list behind the @ has who can see it; arrow and Enter take, Ctrl+Enter sends.
        var anasText = ana.GetByRole(AriaRole.Textbox, new() { Name = "Comment" });
        await anasText.PressSequentiallyAsync("@be");
        await Expect(ana.GetByRole(AriaRole.Option, new() { Name = "Ben" })).ToBeVisibleAsync();
        await anas.Picture("talk-people");
        await anasText.PressAsync("Enter");
        await Expect(anasText).ToHaveValueAsync("@Ben ");
        await anasText.PressSequentiallyAsync("is the dip of D017 real?");
        await anasText.PressAsync("Control+Enter");
        await Expect(ana.GetByText("is the dip of D017 real?")).ToBeVisibleAsync();
        await Expect(anasText).ToHaveValueAsync("");

        // It comes to Ben's open page and reaches his bell; the page that shows it has read it when it is opened.
        await Expect(ben.GetByText("is the dip of D017 real?")).ToBeVisibleAsync();
        await Expect(Bell(ben)).ToHaveAccessibleNameAsync("Notices 2 unread");
        await bens.Picture("talk-360-dark");
        await Bell(ben).ClickAsync();
        await Expect(ben.GetByRole(AriaRole.Link, new() { Name = "Ana Curie named you" })).ToBeVisibleAsync();
        await bens.Picture("talk-notices-360-dark");
        await ben.GetByRole(AriaRole.Link, new() { Name = "Ana Curie named you" }).ClickAsync();
        await Expect(ben.Locator("[id^=comment-]").First).ToBeFocusedAsync();
        await Expect(Bell(ben)).ToHaveAccessibleNameAsync("Notices 1 unread");

        // A name of nobody here is told to the writer; what is typed survives a reload.
        await ben.GetByRole(AriaRole.Button, new() { Name = "Answer" }).ClickAsync();
        var bensText = ben.GetByRole(AriaRole.Textbox, new() { Name = "Answer to Ana Curie" });
        await Expect(bensText).ToBeFocusedAsync();
        await bensText.FillAsync("Yes, @Nobody: 5 120 pairs.");
        await ben.GetByRole(AriaRole.Button, new() { Name = "Answer", Exact = true }).ClickAsync();
        await Expect(ben.GetByText("@Nobody: nobody of that name can see this")).ToBeVisibleAsync();
        await ben.GetByRole(AriaRole.Textbox, new() { Name = "Comment" }).FillAsync("half a thought");
        await ben.WaitForFunctionAsync("() => Object.keys(localStorage).some(key => key.includes('draft') && localStorage[key].includes('half a thought'))");
        await ben.ReloadAsync();
        await ben.GetByRole(AriaRole.Button, new() { Name = "Put it back into the fields" }).ClickAsync();
        await Expect(ben.GetByRole(AriaRole.Textbox, new() { Name = "Comment" })).ToHaveValueAsync("half a thought");

        // Ana sees the answer come, settles the thread, and Ben sees that.
        await Expect(ana.GetByText("5 120 pairs")).ToBeVisibleAsync();
        await anas.Picture("talk");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Settle" }).ClickAsync();
        await Expect(ana.GetByText("✓ settled")).ToBeVisibleAsync();
        await Expect(ben.GetByText("✓ settled")).ToBeVisibleAsync();
        // On his page it stays open, for its address leads to it; on hers it is one line now.
        await Expect(ben.GetByText("settled by Ana Curie")).ToBeVisibleAsync();
        await ana.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await Expect(ana.GetByText("settled by Ana Curie")).ToBeVisibleAsync();

        // The first page tells Ana of the answer.
        await ana.GotoAsync("/");
        await Expect(ana.GetByRole(AriaRole.Link, new() { Name = "Ben answered" })).ToBeVisibleAsync();
        await anas.Picture("talk-home");
        await Expect(Bell(ana)).ToHaveAccessibleNameAsync("Notices 1 unread");
        await ana.GotoAsync("/notices");
        await ana.GetByRole(AriaRole.Button, new() { Name = "Mark all as read" }).ClickAsync();
        await Expect(Bell(ana)).ToHaveAccessibleNameAsync("Notices none unread");
        await anas.Picture("talk-notices");

        // Nothing is wider than the telephone.
        foreach (var address in (string[])["/b/ZN-0001", "/notices", "/notices?tab=choices", "/notices?tab=following", "/"])
        {
            await ben.GotoAsync(address);
            await Expect(ben.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeVisibleAsync();
            Assert.Equal(360, await ben.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        }
        anas.AssertQuiet();
        bens.AssertQuiet();
    });

    static ILocator Bell(IPage page) => page.Locator("a.bell");
}
