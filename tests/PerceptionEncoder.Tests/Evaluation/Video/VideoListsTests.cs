using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Evaluation.Video;

namespace PerceptionEncoder.Tests.Evaluation.Video;

public sealed class VideoListsTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lists-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Labels_of_kinetics_name_the_cut_clips_as_the_crawler_does()
        => Assert.Equal(
            [("0wR5jVB-WPk_000417_000427", "testing food, quickly"), ("3caPS4FHFF8_000036_000046", "washing dishes")],
            VideoLists.Labels(
                Write(
                    "val.csv",
                    "label,youtube_id,time_start,time_end,split\n\"testing food, quickly\",0wR5jVB-WPk,417,427,validate\n"
                    + "washing dishes,3caPS4FHFF8,36,46,validate\n"),
                "test"));

    [Fact]
    public void Labels_of_ucf101_are_its_folders_with_and_without_an_index()
    {
        (string, string)[] expected =
            [("ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi", "ApplyEyeMakeup"), ("YoYo/v_YoYo_g25_c05.avi", "YoYo")];
        Assert.Equal(
            expected,
            VideoLists.Labels(Write("testlist01.txt", "ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi\nYoYo/v_YoYo_g25_c05.avi\n"), "test"));
        Assert.Equal(
            expected,
            VideoLists.Labels(
                Write("trainlist01.txt", "ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi 1\nYoYo/v_YoYo_g25_c05.avi 101\n"),
                "test"));
    }

    [Fact]
    public void Labels_of_plain_lists_stand_behind_the_path()
        => Assert.Equal([("a b.mp4", "7"), ("c.mp4", "0")], VideoLists.Labels(Write("list.txt", "a b.mp4 7\nc.mp4 0\n"), "test"));

    [Fact]
    public void Labels_of_hmdb51_are_those_marked_for_test_in_one_split()
    {
        Write("brush_hair_test_split1.txt", "one.avi 1 \ntwo.avi 2 \nthree.avi 0 \n");
        Write("wave_test_split1.txt", "four.avi 2\n");
        Write("wave_test_split2.txt", "five.avi 2\n");
        Assert.Equal([("two.avi", "brush_hair"), ("four.avi", "wave")], VideoLists.Labels(folder.FullName, "1"));
        Assert.Contains(
            "split3",
            Assert.Throws<UserErrorException>(() => VideoLists.Labels(folder.FullName, "3")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "msrvtt.csv",
        "key,vid_key,video_id,sentence\nret0,msr1,video1,\"a man, singing\"\nret1,msr1,video1,someone sings\nret2,msr2,video2,a dog\n")]
    [InlineData("msrvtt.tsv", "video_id\tsentence\nvideo1\ta man, singing\nvideo1\tsomeone sings\nvideo2\ta dog\n")]
    [InlineData("msvd.txt", "video1 a man, singing\nvideo1 someone sings\n\nvideo2 a dog\n")]
    [InlineData(
        "msrvtt.json",
        """{"info": {}, "sentences": [{"video_id": "video1", "caption": "a man, singing"}, """
        + """{"video_id": "video1", "caption": "someone sings"}, {"video_id": "video2", "caption": "a dog"}]}""")]
    public void Captions_of_one_clip_come_together(string name, string text)
    {
        var captions = VideoLists.Captions(Write(name, text));
        Assert.Equal(["video1", "video2"], captions.Select(entry => entry.Clip));
        Assert.Equal(["a man, singing", "someone sings"], captions[0].Captions);
        Assert.Equal(["a dog"], captions[1].Captions);
    }

    [Fact]
    public void Sentences_of_activitynet_are_one_paragraph()
        => Assert.Equal(
            "She mixes. She bakes.",
            Assert.Single(Assert.Single(VideoLists.Captions(Write(
                "val_1.json",
                """{"v_abc": {"duration": 9.5, "timestamps": [[0, 4], [4, 9]],"""
                + """ "sentences": ["She mixes.", " She bakes."]}}"""))).Captions));

    [Theory]
    [InlineData("bad.csv", "video_id,words\na,b\n", "bad.csv:1: no column sentence")]
    [InlineData("odd.csv", "video_id,sentence\na,b\nc\n", "odd.csv:3: 1 fields where the header has 2")]
    [InlineData("lines.txt", "word\n", "lines.txt:1: 'word' is not ID CAPTION")]
    [InlineData("broken.json", "{\"a\": 3}", "broken.json: no list of captions")]
    [InlineData("empty.csv", "", "empty.csv: is empty")]
    public void What_is_no_list_is_an_error_with_file_and_line(string name, string text, string message)
        => Assert.Contains(
            message,
            Assert.Throws<UserErrorException>(() => VideoLists.Captions(Write(name, text))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Quoted_fields_may_hold_separators_quotes_and_lines()
        => Assert.Equal(
            [(1, "a|b"), (2, "c, \"d\"\ne|f"), (5, "|g")],
            DelimitedText.Rows("a,b\n\"c, \"\"d\"\"\ne\",f\n\n,g", ',', "list").Select(row => (row.Line, string.Join('|', row.Fields))));

    [Theory]
    [InlineData(
        "video_id\tsentence\nv0\t\"a man sings\nv1\ta dog\nv2\t\"\"x\" y\nv3\tsays \"hi\"\n",
        "\"a man sings|a dog|\"\"x\" y|says \"hi\"")]
    [InlineData("video_id\tsentence\nv0\t\"she said \"\"no\"\"\"\nv1\t\"\nv2\t\"\"\nv3\tz\n", "she said \"no\"|\"|z")]
    public void Between_tabs_a_lone_quote_is_a_character_and_no_row_is_lost(string text, string expected)
        => Assert.Equal(expected, string.Join('|', VideoLists.Captions(Write("list.tsv", text)).SelectMany(entry => entry.Captions)));

    [Theory]
    [InlineData("video_id,sentence\nv0,a dog\nv1,\"a man sings\nv2,x\nv3,y\n", "list.csv:3: a quote is opened here and never closed")]
    [InlineData(
        "video_id,sentence\nv0,\"a man sings\nv1,\"a dog\"\n",
        "list.csv:2: a field that begins with a quote has text behind its closing quote")]
    public void Between_commas_a_quote_that_would_swallow_rows_is_an_error_with_its_line(string text, string expected)
        => Assert.Contains(
            expected,
            Assert.Throws<UserErrorException>(() => VideoLists.Captions(Write("list.csv", text))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Plain_lines_may_begin_or_end_with_quotes()
        => Assert.Equal(["\"hi", "x\""], VideoLists.Captions(Write("msvd.txt", "v0 \"hi\nv1 x\"\n")).SelectMany(entry => entry.Captions));

    [Fact]
    public void Lists_in_UTF_16_are_read_and_those_in_Latin_1_refused_with_their_line()
    {
        var path = Write("list.csv", "");
        File.WriteAllText(path, "video_id,sentence\nv0,größer\n", System.Text.Encoding.Unicode);
        Assert.Equal("größer", VideoLists.Captions(path)[0].Captions[0]);
        File.WriteAllText(path, "video_id,sentence\nv0,größer\n", System.Text.Encoding.Latin1);
        Assert.Contains(
            $"{path}:2: not UTF-8 (byte 0xF6); it looks like Latin-1",
            Assert.Throws<UserErrorException>(() => VideoLists.Captions(path)).Message,
            StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
