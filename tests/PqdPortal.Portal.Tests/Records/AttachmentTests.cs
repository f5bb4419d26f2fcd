using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Client.Records;
using PqdPortal.Data.Attachments;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Web.Features.Samples;
using PqdPortal.Web.Layout.Attachments;
using PqdPortal.Web.Layout.Notes;

namespace PqdPortal.Portal.Tests.Records;

public sealed class AttachmentTests(RecordsFixture portal) : IClassFixture<RecordsFixture>
{
    Data.Account.PortalUser Editor => portal.People[AccessRole.Edit];

    Task<Attachment?> Add(byte[] bytes, string name, string? type = null) =>
        portal.As(Editor, of => of.GetRequiredService<AttachmentCommands>().Add(new("sample", portal.Sample.Id), name, type, new MemoryStream(bytes)));

    static bool Holds(byte[] bytes, string text) => bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text)) >= 0;

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    public void A_photo_loses_where_it_was_taken_and_who_took_it_and_keeps_how_it_is_turned(byte orientation)
    {
        var (read, _) = PhotoBytes.Of([.. Pictures.Jpeg(Pictures.Exif(orientation, withPlace: true), Pictures.Segment(0xFE, "a comment"u8.ToArray())), .. "behind the end: GPSLatitude"u8], "IMG.jpg", "image/jpeg");

        Assert.Equal(("image/jpeg", true), (read!.Picture, read.LostPosition));
        Assert.Equal(orientation == 6 ? (2, 3) : (3, 2), (read.Width, read.Height));
        foreach (var secret in new[] { "GPSLatitude", "48.1374", "Ada", "a comment", "behind" }) Assert.False(Holds(read.Bytes, secret), secret);
        Assert.Equal(orientation == 6, Holds(read.Bytes, "Exif"));
        // What is left is read as it was: the second pass changes nothing more.
        var (again, _) = PhotoBytes.Of(read.Bytes, "IMG.jpg", "image/jpeg");
        Assert.Equal(read.Bytes, again!.Bytes);
        Assert.Equal((read.Width, read.Height, false), (again.Width, again.Height, again.LostPosition));
        Assert.Equal([0xFF, 0xD9], read.Bytes[^2..]);
        Assert.True(Holds(read.Bytes, "\x12"));
    }

    [Fact]
    public void A_photo_whose_place_was_never_recorded_is_not_said_to_have_lost_it()
    {
        var (read, _) = PhotoBytes.Of(Pictures.Jpeg(Pictures.Exif(1, withPlace: false)), "IMG.jpg", "image/jpeg");

        Assert.False(read!.LostPosition);
    }

    [Fact]
    public void A_PNG_loses_its_texts_and_keeps_its_pixels()
    {
        var (read, _) = PhotoBytes.Of([.. Pictures.Png(("tEXt", "Author\0Ada"u8.ToArray()), ("pHYs", new byte[9])), .. "<script>"u8], "a.png", null);

        Assert.Equal(("image/png", 4, 5), (read!.Picture, read.Width, read.Height));
        Assert.False(Holds(read.Bytes, "Ada") || Holds(read.Bytes, "<script>"));
        Assert.True(Holds(read.Bytes, "pHYs") && Holds(read.Bytes, "IDAT"));
    }

    [Theory]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "photo.svg", "SVG")]
    [InlineData("<!DOCTYPE html><script>alert(1)</script>", "photo.jpg", "web page")]
    [InlineData("\n\n <script>alert(1)</script>", "photo.png", "web page or a script")]
    [InlineData("#!/bin/sh\nrm -rf /", "photo.webp", "program")]
    [InlineData("GIF89a", "photo.gif", "GIF")]
    [InlineData("0000ftypheic0000", "IMG_0001.HEIC", "Most Compatible")]
    [InlineData("hello", "photo.jpeg", "not a picture by its bytes")]
    public void What_only_calls_itself_a_photo_is_refused_with_what_it_is(string content, string name, string words)
    {
        var (read, trouble) = PhotoBytes.Of(Encoding.ASCII.GetBytes(content), name, null);

        Assert.Null(read);
        Assert.Contains(words, trouble);
        Assert.Contains("othing was added", trouble);
    }

    [Fact]
    public void A_photo_cut_off_anywhere_is_read_or_refused_and_never_a_fault()
    {
        foreach (var whole in new[] { Pictures.Jpeg(Pictures.Exif(6, true)), Pictures.Png(("eXIf", [1, 2, 3])), [.. "RIFF\x10\0\0\0WEBPVP8X\x0A\0\0\0\x08\0\0\0\x03\0\0\x04\0\0"u8] })
            for (var length = 0; length < whole.Length; length++)
            {
                var (read, trouble) = PhotoBytes.Of(whole[..length], "cut.jpg", "image/jpeg");
                Assert.True(read is null != trouble is null);
            }
    }

    [Fact]
    public async Task A_photo_is_served_as_a_picture_that_no_browser_runs_and_a_file_only_as_a_download()
    {
        var photo = (await Add(Pictures.Jpeg(Pictures.Exif(1, true)), "C:\\fakepath\\vial “1”.jpg", "image/jpeg"))!;
        var page = (await Add("<html><script>alert(1)</script>"u8.ToArray(), "report.html"))!;
        using var http = portal.Client(Editor);

        using var shown = await http.GetAsync($"/api/v1/attachments/{photo.Id}");
        using var sent = await http.GetAsync($"/api/v1/attachments/{page.Id}");

        Assert.Equal("vial “1”.jpg", photo.Name);
        Assert.Equal("image/jpeg", shown.Content.Headers.ContentType!.MediaType);
        Assert.Equal("inline", shown.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal("application/octet-stream", sent.Content.Headers.ContentType!.MediaType);
        Assert.Equal("attachment", sent.Content.Headers.ContentDisposition!.DispositionType);
        foreach (var answer in new[] { shown, sent })
        {
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Contains("sandbox", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
        }
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/api/v1/attachments/{page.Id}/thumbnail")).StatusCode);
        Assert.False(Holds(await shown.Content.ReadAsByteArrayAsync(), "GPSLatitude"));
    }

    [Fact]
    public async Task Who_may_not_see_the_record_finds_no_photo_of_it_and_who_may_only_read_it_changes_none()
    {
        var photo = (await Add(Pictures.Jpeg(), "seen.jpg"))!;
        using var stranger = portal.Client(portal.People[AccessRole.None]);
        using var reader = portal.Client(portal.People[AccessRole.Read]);

        Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync($"/api/v1/attachments/{photo.Id}")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await reader.GetAsync($"/api/v1/attachments/{photo.Id}")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.DeleteAsync($"/api/v1/attachments/{photo.Id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.DeleteAsync($"/api/v1/attachments/{photo.Id}")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await reader.GetAsync($"/api/v1/attachments/{photo.Id}")).StatusCode);
    }

    [Fact]
    public async Task Photos_are_put_in_order_named_binned_and_taken_out_again()
    {
        var dots = (await portal.As(Editor, of => of.GetRequiredService<SampleCommands>().AddDots(portal.Sample.Id, 1)))!;
        var on = new AttachedTo("dot", dots[0].Id);
        var added = new List<Guid>();
        foreach (var name in new[] { "a.jpg", "b.jpg", "c.jpg" })
            added.Add((await portal.As(Editor, of => of.GetRequiredService<AttachmentCommands>().Add(on, name, null, new MemoryStream(Pictures.Jpeg(Pictures.Segment(0xE2, Encoding.ASCII.GetBytes("ICC_PROFILE\0" + name)))))))!.Id);

        await portal.As(Editor, of => of.GetRequiredService<AttachmentCommands>().Move(added[2], 1));
        await portal.As(Editor, of => of.GetRequiredService<AttachmentCommands>().Caption(added[0], "  the vial  "));
        await portal.As(Editor, of => of.GetRequiredService<AttachmentCommands>().ShowsPlace(added[0], true));
        await portal.As(Editor, of => of.GetRequiredService<AttachmentCommands>().Bin(added[1], true));
        var left = await portal.As(Editor, of => of.GetRequiredService<AttachmentQueries>().Of(on));

        Assert.Equal(["c.jpg", "a.jpg"], left.Select(a => a.Name));
        Assert.Equal("the vial", left[1].Caption);
        await using (var db = portal.CreateDbContext())
            Assert.Equal(left[1].Sha256, (await db.Emitters.FindAsync(dots[0].Id))!.ImageSha256);
        Assert.True(await portal.As(Editor, of => of.GetRequiredService<AttachmentCommands>().Bin(added[1], false)));
        Assert.Equal(3, (await portal.As(Editor, of => of.GetRequiredService<AttachmentQueries>().Of(on))).Count);
        var history = await portal.As(Editor, of => of.GetRequiredService<DotQueries>().History(dots[0].Id));
        Assert.Contains(history, entry => entry is { Record: nameof(Attachment), Action: "deleted" });
    }

    [Fact]
    public async Task The_same_photo_sent_twice_hangs_there_once_and_one_that_is_too_large_not_at_all()
    {
        var once = await Add(Pictures.Jpeg(), "twice.jpg");
        var twice = await Add(Pictures.Jpeg(), "twice.jpg");
        var refused = await Assert.ThrowsAsync<RefusedEditException>(() => Add(new byte[Attachment.LargestFile + 1], "large.bin"));

        Assert.Equal(once!.Id, twice!.Id);
        Assert.Contains("larger than 25 MB", refused.Message);
    }

    [Fact]
    public async Task Ten_who_write_a_note_at_once_lose_none_of_them()
    {
        var on = new AttachedTo("batch", portal.Batch.Id);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => portal.As(Editor, of => of.GetRequiredService<NoteCommands>().Append(on, $"note {i} of six"))));

        await using var db = portal.CreateDbContext();
        var notes = (await db.Batches.FindAsync(portal.Batch.Id))!.Notes!;
        for (var i = 0; i < 6; i++) Assert.Contains($"note {i} of six", notes);
    }

    [Fact]
    public async Task Notes_end_at_64_kB_in_words_and_what_stands_there_stays()
    {
        var on = new AttachedTo("run", portal.Run.Id);
        await portal.As(Editor, of => of.GetRequiredService<NoteCommands>().Append(on, new string('ä', 20_000)));

        var refused = await Assert.ThrowsAsync<RefusedEditException>(() => portal.As(Editor, of => of.GetRequiredService<NoteCommands>().Append(on, new string('ä', 15_000))));

        Assert.Contains("64 kB", refused.Message);
        foreach (var text in new[] { "", "a\0b", "half \ud800 of a pair" })
            await Assert.ThrowsAsync<RefusedEditException>(() => portal.As(Editor, of => of.GetRequiredService<NoteCommands>().Append(on, text)));
        Assert.Null(await portal.As(portal.People[AccessRole.Read], of => of.GetRequiredService<NoteCommands>().Append(on, "mine")));
    }
}
