using PerceptionEncoder.Data;
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
            VideoLists.Labels(Write("val.csv", "label,youtube_id,time_start,time_end,split\n\"testing food, quickly\",0wR5jVB-WPk,417,427,validate\nwashing dishes,3caPS4FHFF8,36,46,validate\n"), "test"));

    [Fact]
    public void Labels_of_ucf101_are_its_folders_with_and_without_an_index()
    {
        (string, string)[] expected = [("ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi", "ApplyEyeMakeup"), ("YoYo/v_YoYo_g25_c05.avi", "YoYo")];
        Assert.Equal(expected, VideoLists.Labels(Write("testlist01.txt", "ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi\nYoYo/v_YoYo_g25_c05.avi\n"), "test"));
        Assert.Equal(expected, VideoLists.Labels(Write("trainlist01.txt", "ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi 1\nYoYo/v_YoYo_g25_c05.avi 101\n"), "test"));
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
        Assert.Contains("split3", Assert.Throws<UserErrorException>(() => VideoLists.Labels(folder.FullName, "3")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("msrvtt.csv", "key,vid_key,video_id,sentence\nret0,msr1,video1,\"a man, singing\"\nret1,msr1,video1,someone sings\nret2,msr2,video2,a dog\n")]
    [InlineData("msrvtt.tsv", "video_id\tsentence\nvideo1\ta man, singing\nvideo1\tsomeone sings\nvideo2\ta dog\n")]
    [InlineData("msvd.txt", "video1 a man, singing\nvideo1 someone sings\n\nvideo2 a dog\n")]
    [InlineData("msrvtt.json", """{"info": {}, "sentences": [{"video_id": "video1", "caption": "a man, singing"}, {"video_id": "video1", "caption": "someone sings"}, {"video_id": "video2", "caption": "a dog"}]}""")]
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
            Assert.Single(Assert.Single(VideoLists.Captions(Write("val_1.json", """{"v_abc": {"duration": 9.5, "timestamps": [[0, 4], [4, 9]], "sentences": ["She mixes.", " She bakes."]}}"""))).Captions));

    [Theory]
    [InlineData("bad.csv", "video_id,words\na,b\n", "bad.csv:1: no column sentence")]
    [InlineData("odd.csv", "video_id,sentence\na,b\nc\n", "odd.csv:3: 1 fields where the header has 2")]
    [InlineData("lines.txt", "word\n", "lines.txt:1: 'word' is not ID CAPTION")]
    [InlineData("broken.json", "{\"a\": 3}", "broken.json: no list of captions")]
    [InlineData("empty.csv", "", "empty.csv: is empty")]
    public void What_is_no_list_is_an_error_with_file_and_line(string name, string text, string message)
        => Assert.Contains(message, Assert.Throws<UserErrorException>(() => VideoLists.Captions(Write(name, text))).Message, StringComparison.Ordinal);

    [Fact]
    public void Quoted_fields_may_hold_separators_quotes_and_lines()
        => Assert.Equal(
            [(1, "a|b"), (2, "c, \"d\"\ne|f"), (5, "|g")],
            DelimitedText.Rows("a,b\n\"c, \"\"d\"\"\ne\",f\n\n,g", ',').Select(row => (row.Line, string.Join('|', row.Fields))));

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
